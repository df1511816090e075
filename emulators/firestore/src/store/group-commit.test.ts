import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { GroupCommit } from './group-commit.ts';

describe('GroupCommit', () => {
  let database: DatabaseSync;
  let commits: number;
  let losses: number;
  let isGone: boolean;
  let group: GroupCommit;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
    commits = 0;
    losses = 0;
    isGone = false;
    group = new GroupCommit(database, {
      beforeCommit: () => commits++,
      afterCommit: () => {
        if (isGone) throw new Error('the files are gone');
      },
      onLost: () => losses++,
    });
  });
  afterEach(() => database.close());

  const insert = (n: number) => group.write(() => database.prepare('INSERT INTO t VALUES (?)').run(n));
  const count = () => database.prepare('SELECT count(*) AS n FROM t').get()?.['n'];

  it('commits the writes of one turn together', async () => {
    insert(1);
    insert(2);
    assert.equal(commits, 0);
    await group.durable();
    assert.deepEqual([commits, count(), database.isTransaction], [1, 2, false]);
  });

  it('loses the whole group with one statement that fails, and goes on with the next', async () => {
    insert(1);
    const lost = group.durable();
    assert.throws(() => insert(1), { message: /UNIQUE/ });
    await assert.rejects(lost, { code: 14, message: /could not be written to the disk/ });
    assert.deepEqual([losses, count()], [1, 0]);
    insert(1);
    await group.durable();
    assert.equal(count(), 1);
  });

  it('confirms nothing that would not be found again', async () => {
    insert(1);
    isGone = true;
    await assert.rejects(group.durable(), { code: 14, message: /the files are gone/ });
    assert.equal(losses, 1);
  });
});
