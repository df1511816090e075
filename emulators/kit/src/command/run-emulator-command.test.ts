import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import sinon from 'sinon';
import { DATABASE_GONE_EXIT_CODE, DatabaseGoneError } from '../storage/database-files.ts';
import { type CommandProcess, runEmulatorCommand } from './run-emulator-command.ts';

class World extends EventEmitter implements CommandProcess {
  env: Record<string, string | undefined> = {};
  stdin = new PassThrough();
  stdout = new PassThrough({ encoding: 'utf8' });
  stderr = new PassThrough({ encoding: 'utf8' });
  exit(code?: number): void {
    this.emit('exit', code);
  }
}

describe('runEmulatorCommand()', () => {
  const close = sinon.stub().resolves();
  const options = { name: 'toy', start: async () => ({ address: '127.0.0.1:1', close }) };
  let world: World;
  beforeEach(() => {
    close.resetHistory();
    world = new World();
  });

  it('prints where it listens, and closes once on SIGTERM', async () => {
    await runEmulatorCommand(options, world);
    assert.equal(world.stdout.read(), 'toy listening on 127.0.0.1:1\n');
    const exited = once(world, 'exit');
    world.emit('SIGTERM');
    world.emit('SIGINT');
    assert.deepEqual(await exited, [0]);
    assert.equal(close.callCount, 1);
  });

  it('ends with its parent where that is asked for', async () => {
    world.env['EMULATOR_EXIT_WITH_PARENT'] = '1';
    await runEmulatorCommand(options, world);
    const exited = once(world, 'exit');
    world.stdin.end();
    assert.deepEqual(await exited, [0]);
  });

  it('says why it could not start and ends with 1', async () => {
    const exited = once(world, 'exit');
    const start = async () => {
      throw new Error('Port 1 is taken');
    };
    await runEmulatorCommand({ name: 'toy', start }, world);
    assert.deepEqual(await exited, [1]);
    assert.equal(world.stderr.read(), 'toy: Port 1 is taken\n');
  });

  for (const [error, code] of [
    [new Error('The disk is full'), 1],
    [new DatabaseGoneError('/data/toy.sqlite'), DATABASE_GONE_EXIT_CODE],
  ] as const) {
    it(`says why it can't go on and ends with ${code}`, async () => {
      const exited = once(world, 'exit');
      const start = async () => ({ address: '127.0.0.1:1', close, failed: Promise.resolve(error) });
      await runEmulatorCommand({ name: 'toy', start }, world);
      assert.deepEqual(await exited, [code]);
      assert.equal(world.stderr.read(), `toy: ${error.message}\n`);
    });
  }
});
