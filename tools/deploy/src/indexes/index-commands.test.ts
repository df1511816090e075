import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployableIndexes } from '../configuration/read-deployable-indexes.ts';
import { shellText } from '../process/command.ts';
import { indexCommands } from './index-commands.ts';

const rootFile = join(import.meta.dirname, '../../../../firestore.indexes.json');
const target = { project: 'demo', database: '(default)' };

describe('indexCommands()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'indexes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const commandsOf = (content: object): string[] => {
    const file = join(folder, 'firestore.indexes.json');
    writeFileSync(file, JSON.stringify(content));
    return indexCommands(readDeployableIndexes(file), target).map(shellText);
  };

  it('creates composite indexes, takes single ones away, and switches time to live on', () => {
    const commands = commandsOf({
      indexes: [
        {
          collectionGroup: 'tasks',
          queryScope: 'COLLECTION',
          fields: [
            { fieldPath: 'shard', order: 'ASCENDING' },
            { fieldPath: 'dueAt', order: 'DESCENDING' },
          ],
        },
      ],
      fieldOverrides: [
        { collectionGroup: 'tasks', fieldPath: 'payload', indexes: [] },
        { collectionGroup: 'tasks', fieldPath: 'expireAt', ttl: true, indexes: [] },
      ],
    });
    const at = "--database='(default)' --project=demo --async --quiet";
    assert.deepEqual(commands, [
      `gcloud firestore indexes composite create --collection-group=tasks --query-scope=collection --field-config=field-path=shard,order=ascending --field-config=field-path=dueAt,order=descending ${at}`,
      `gcloud firestore indexes fields update payload --collection-group=tasks --disable-indexes ${at}`,
      `gcloud firestore indexes fields update expireAt --collection-group=tasks --disable-indexes ${at}`,
      `gcloud firestore fields ttls update expireAt --collection-group=tasks --enable-ttl ${at}`,
    ]);
  });

  it('refuses what it would leave out', () => {
    const fieldOverrides = [{ collectionGroup: 'a', fieldPath: 'b', indexes: [{ order: 'ASCENDING' }] }];
    assert.throws(
      () => commandsOf({ indexes: [], fieldOverrides }),
      /a\.b has indexes of its own, which is not known here/,
    );
  });

  it("leaves nothing of the project's own file out", () => {
    const { indexes, fieldOverrides } = JSON.parse(readFileSync(rootFile, 'utf8')) as {
      indexes: unknown[];
      fieldOverrides: { ttl?: boolean }[];
    };
    const withTtl = fieldOverrides.filter(({ ttl }) => ttl === true).length;
    assert.ok(withTtl > 0);
    assert.equal(
      indexCommands(readDeployableIndexes(rootFile), target).length,
      indexes.length + fieldOverrides.length + withTtl,
    );
  });
});
