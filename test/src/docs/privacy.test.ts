import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_ACTION_RETENTION_DAYS, ORDER_RETENTION_DAYS } from '@waybill/orders';
import { rootDir } from '../support/flow-stack.ts';

const page = readFileSync(join(rootDir, 'docs/privacy.md'), 'utf8');
const { fieldOverrides } = JSON.parse(readFileSync(join(rootDir, 'firestore.indexes.json'), 'utf8')) as {
  fieldOverrides: readonly { collectionGroup: string; fieldPath: string; ttl?: boolean }[];
};

/** The rows of the page: collections, personal data, period, and the field that ends it. */
const rows = [...page.matchAll(/^\| (`[^|]+) \| ([^|]+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, names = '', personal = '', kept = '', by = '']) => ({
    collections: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    personal,
    kept,
    by,
  }),
);
const collections = new Set(rows.flatMap((row) => row.collections));

describe('docs/privacy.md', () => {
  it('has a row for each collection that code names', () => {
    const sources = globSync(['{apps,packages}/*/src/**/*.ts'], { cwd: rootDir }).filter(
      (path) => !path.endsWith('.test.ts'),
    );
    const named = sources.flatMap((path) => {
      const text = readFileSync(join(rootDir, path), 'utf8');
      return [
        ...text.matchAll(/\.collection\('(\w+)'\)/g),
        ...text.matchAll(/\.doc\([`'](\w+)\//g),
        ...text.matchAll(/export const TASK\w* = '(\w+)'/g),
      ].map(([, name = '']) => name);
    });
    // A probe reads it, and nobody writes it.
    const stored = new Set(named.filter((name) => name !== 'health'));
    assert.ok(stored.size >= 5, [...stored].join());
    assert.deepEqual(
      [...stored].filter((name) => !collections.has(name)),
      [],
    );
  });

  for (const { collections: names, by, personal } of rows) {
    for (const name of names) {
      it(`has for ${name} the policy that it tells: ${by}`, () => {
        const isKept = by === '–';
        const hasPolicy = fieldOverrides.some(
          ({ collectionGroup, fieldPath, ttl }) =>
            collectionGroup === name && fieldPath === 'expireAt' && ttl === true,
        );
        assert.equal(hasPolicy, !isKept);
        if (isKept) assert.equal(personal, 'none');
      });
    }
  }

  it('has a row for each TTL policy', () => {
    const policies = fieldOverrides.filter(({ ttl }) => ttl === true);
    assert.ok(policies.every(({ collectionGroup }) => collections.has(collectionGroup)));
  });

  for (const [collection, days] of [
    ['orders', ORDER_RETENTION_DAYS],
    ['receipts', ORDER_RETENTION_DAYS],
    ['operatorActions', OPERATOR_ACTION_RETENTION_DAYS],
  ] as const) {
    it(`tells that ${collection} are kept for ${days} days`, () => {
      const row = rows.find((each) => each.collections.includes(collection));
      assert.match(row?.kept ?? '', new RegExp(`\\b${days} days`));
    });
  }
});
