import assert from 'node:assert/strict';
import { takeFromStock } from './stock.ts';

const cup = { productId: 'stoneware-cup', name: 'Stoneware cup', price: 1650, currency: 'EUR', stock: 4 };
const beans = { productId: 'filter-beans', name: 'Filter beans', price: 1490, currency: 'EUR', stock: 9 };

describe('takeFromStock()', () => {
  it('takes all items, down to the last piece', () => {
    const { taken } = takeFromStock(
      [cup, beans],
      [
        { productId: 'stoneware-cup', quantity: 4 },
        { productId: 'filter-beans', quantity: 1 },
      ],
    );
    assert.deepEqual(taken, [
      { ...cup, stock: 0 },
      { ...beans, stock: 8 },
    ]);
    assert.equal(cup.stock, 4);
  });

  it('takes nothing where one is short, and names each that is', () => {
    const items = [
      { productId: 'stoneware-cup', quantity: 5 },
      { productId: 'filter-beans', quantity: 1 },
      { productId: 'moka-pot', quantity: 1 },
    ];
    assert.deepEqual(takeFromStock([cup, beans], items), {
      shortages: [
        { productId: 'stoneware-cup', wanted: 5, available: 4 },
        { productId: 'moka-pot', wanted: 1, available: 0 },
      ],
    });
  });

  it('adds up a product that is there twice', () => {
    const item = { productId: 'stoneware-cup', quantity: 3 };
    assert.deepEqual(takeFromStock([cup], [item, item]).shortages, [
      { productId: 'stoneware-cup', wanted: 6, available: 4 },
    ]);
  });
});
