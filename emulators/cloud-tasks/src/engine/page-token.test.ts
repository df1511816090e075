import assert from 'node:assert/strict';
import { makePageToken, pageLimit, readPageToken } from './page-token.ts';

describe('page tokens', () => {
  it('name the item after which the page begins', () => {
    assert.equal(readPageToken(makePageToken('list', 'item', 1_000), 'list', 2_000), 'item');
    assert.equal(readPageToken('', 'list', 0), '');
  });

  it('live for two hours', () => {
    const token = makePageToken('list', 'item', 0);
    assert.equal(readPageToken(token, 'list', 7_200_000), 'item');
    assert.throws(() => readPageToken(token, 'list', 7_200_001), {
      code: 'INVALID_ARGUMENT',
      message: /expired/,
    });
  });

  it('are refused for another list, or made up', () => {
    const token = makePageToken('list', 'item', 0);
    for (const [made, list] of [
      [token, 'other'],
      ['made-up', 'list'],
      [Buffer.from('{"a":1}').toString('base64url'), 'list'],
    ] as const) {
      assert.throws(() => readPageToken(made, list, 0), {
        code: 'INVALID_ARGUMENT',
        message: 'Invalid page_token',
      });
    }
  });

  it('take the largest page for 0 and for more, and no negative one', () => {
    assert.equal(pageLimit(0, 1_000, 'ListTasksRequest'), 1_000);
    assert.equal(pageLimit(5_000, 1_000, 'ListTasksRequest'), 1_000);
    assert.equal(pageLimit(5, 1_000, 'ListTasksRequest'), 5);
    assert.throws(() => pageLimit(-1, 1_000, 'ListTasksRequest'), { code: 'INVALID_ARGUMENT' });
  });
});
