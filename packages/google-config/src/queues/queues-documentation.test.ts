import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatValue, QUEUE_FIELDS, SERVICE_DEFAULTS } from './queue-fields.ts';
import { parseQueueFile } from './queue-file.ts';

describe('docs/queues.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/queues.md'), 'utf8');

  it('lists every field with its default, and no other', () => {
    const rows = [...text.matchAll(/^\| `(\w+\.\w+)` \| ([^|]+) \|/gm)].map(([, path, value]) => [
      path,
      value,
    ]);
    assert.deepEqual(
      rows,
      QUEUE_FIELDS.map((field) => [field.path, formatValue(field, SERVICE_DEFAULTS[field.path])]),
    );
  });

  it('has an example that is a good file', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const { queues, managed, unmanaged } = parseQueueFile('the example', example);
    assert.deepEqual(
      queues.map(({ name, shards }) => [name, shards]),
      [
        ['emails', undefined],
        ['notifications', 8],
        ['reports', undefined],
      ],
    );
    assert.deepEqual([managed.length, unmanaged.length], [2, 1]);
  });
});
