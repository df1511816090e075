import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import sinon from 'sinon';
import { GroupCommit } from './group-commit.ts';

describe('GroupCommit', () => {
  let database: DatabaseSync;
  let beforeCommit: sinon.SinonSpy;
  let afterCommit: sinon.SinonStub;
  let onLost: sinon.SinonSpy;
  let group: GroupCommit;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (a INTEGER PRIMARY KEY)');
    beforeCommit = sinon.spy();
    afterCommit = sinon.stub();
    onLost = sinon.spy();
    group = new GroupCommit(database, { beforeCommit, afterCommit, onLost });
  });
  afterEach(() => database.close());

  const insert = (a: number) => group.write(() => database.prepare('INSERT INTO t VALUES (?)').run(a));
  const rows = () => database.prepare('SELECT a FROM t').all().length;

  it('commits all writes of a turn together', async () => {
    const exec = sinon.spy(database, 'exec');
    for (let a = 1; a <= 10; a += 1) insert(a);
    assert.equal(rows(), 10);
    assert.equal(database.isTransaction, true);
    assert.equal(beforeCommit.callCount, 0);
    await group.committed();
    assert.equal(beforeCommit.callCount, 1);
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

  it('loses the whole group with one statement that fails, and goes on with the next', async () => {
    insert(1);
    const lost = group.committed();
    assert.throws(() => insert(1), { message: /UNIQUE/ });
    await assert.rejects(lost, { message: /UNIQUE/ });
    assert.deepEqual([onLost.callCount, rows()], [1, 0]);
    insert(1);
    await group.committed();
    assert.equal(rows(), 1);
  });

  it('gives those who wait the error that its owner makes', async () => {
    group = new GroupCommit(database, {
      afterCommit,
      onLost,
      toCommitError: (cause) => new Error('The data could not be written to the disk', { cause }),
    });
    insert(1);
    const lost = group.committed();
    assert.throws(() => insert(1), { message: /UNIQUE/ });
    await assert.rejects(lost, {
      message: 'The data could not be written to the disk',
      cause: onLost.args[0]?.[0],
    });
    assert.match(String(onLost.args[0]?.[0]), /UNIQUE/);
  });

  it('tells of a commit that fails', async () => {
    const exec = sinon.stub(database, 'exec').callThrough();
    exec.withArgs('COMMIT').throws(new Error('disk I/O error'));
    insert(1);
    await assert.rejects(group.committed(), /disk I\/O error/);
    assert.equal(onLost.callCount, 1);
    assert.equal(rows(), 0);
  });

  it('makes its last writes in the transaction, and loses all if these fail', async () => {
    group = new GroupCommit(database, {
      beforeCommit: () => database.prepare('INSERT INTO t VALUES (2)').run(),
      afterCommit,
      onLost,
    });
    insert(1);
    await group.committed();
    assert.equal(rows(), 2);
    insert(3);
    await assert.rejects(group.committed(), /UNIQUE/);
    assert.deepEqual([onLost.callCount, rows()], [1, 2]);
  });

  it('confirms nothing that would not be found again', async () => {
    afterCommit.throws(new Error('the files are gone'));
    insert(1);
    await assert.rejects(group.committed(), /the files are gone/);
    assert.equal(onLost.callCount, 1);
    assert.equal(group.hasLost, true);
  });
});
