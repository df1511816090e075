import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import sinon from 'sinon';
import { GroupCommit } from './group-commit.ts';

describe('GroupCommit', () => {
  let database: DatabaseSync;
  let afterCommit: sinon.SinonStub;
  let onLost: sinon.SinonSpy;
  let group: GroupCommit;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (a INTEGER PRIMARY KEY)');
    afterCommit = sinon.stub();
    onLost = sinon.spy();
    group = new GroupCommit(database, { afterCommit, onLost });
  });
  afterEach(() => database.close());

  const insert = (a: number) => group.write(() => database.prepare('INSERT INTO t VALUES (?)').run(a));
  const rows = () => database.prepare('SELECT a FROM t').all().length;

  it('commits all writes of a turn together', async () => {
    const exec = sinon.spy(database, 'exec');
    for (let a = 1; a <= 10; a += 1) insert(a);
    assert.equal(rows(), 10);
    assert.equal(database.isTransaction, true);
    await group.committed();
    assert.equal(database.isTransaction, false);
    assert.deepEqual(
      exec.args.map(([sql]) => sql),
      ['BEGIN IMMEDIATE', 'COMMIT'],
    );
    await group.committed();
  });

  it('undoes all of them, and refuses all who wait, if one fails', async () => {
    insert(1);
    const waiting = group.committed();
    assert.throws(() => insert(1), /UNIQUE/);
    await assert.rejects(waiting, /UNIQUE/);
    assert.equal(rows(), 0);
    assert.equal(onLost.callCount, 1);
    assert.equal(group.hasLost, true);
  });

  it('tells of a commit that fails', async () => {
    const exec = sinon.stub(database, 'exec').callThrough();
    exec.withArgs('COMMIT').throws(new Error('disk I/O error'));
    insert(1);
    await assert.rejects(group.committed(), /disk I\/O error/);
    assert.equal(onLost.callCount, 1);
    assert.equal(rows(), 0);
  });

  it('confirms nothing that would not be found again', async () => {
    afterCommit.throws(new Error('the files are gone'));
    insert(1);
    await assert.rejects(group.committed(), /the files are gone/);
    assert.equal(onLost.callCount, 1);
    assert.equal(group.hasLost, true);
  });
});
