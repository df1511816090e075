import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callHttp, type HttpResponse } from '../support/call-http.ts';
import { newDataDir, removeDataDir } from '../support/flow-stack.ts';
import { descendantsOf, type ProcessIdentity, stillRunning } from '../support/process-tree.ts';
import { type CommandEnd, FREE_PORTS, READY, StartCommand } from '../support/start-command.ts';

/** A stack that ran while something was removed from its data folder. */
interface Outcome {
  readonly dataDir: string;
  readonly response: HttpResponse | 'the connection was cut';
  readonly end: CommandEnd;
  /** Processes that outlived the command. */
  readonly left: readonly ProcessIdentity[];
}

describe('npm start while its data folder loses', function () {
  this.timeout(90_000);
  const removals = ['.', 'firestore-emulator/firestore.sqlite'];
  const commands: StartCommand[] = [];
  const dataDirs: string[] = [];
  let outcomes: Map<string, Outcome>;

  // Together: each waits most of its time until the services give Firestore up.
  before(async () => {
    const all = await Promise.all(
      removals.map(async (removed) => [removed, await outcomeOf(removed)] as const),
    );
    outcomes = new Map(all);
  });

  after(async () => {
    for (const command of commands) {
      const left = descendantsOf(command.pid);
      if (left.length > 0) command.signalGroup('SIGKILL');
      await stillRunning(left, 10_000);
    }
    for (const dataDir of dataDirs) removeDataDir(dataDir);
  });

  /** Starts a stack, removes something from its data folder, places an order, and waits for the end of the command. */
  async function outcomeOf(removed: string): Promise<Outcome> {
    const dataDir = newDataDir();
    dataDirs.push(dataDir);
    const command = new StartCommand('main.ts', [...FREE_PORTS, '--data-dir', dataDir]);
    commands.push(command);
    await command.untilPrinted(READY);
    const processes = descendantsOf(command.pid);
    const port = Number(/http:\/\/localhost:(\d+)/.exec(command.stdout)?.[1]);
    rmSync(join(dataDir, removed), { recursive: true });
    const response = await callHttp({
      port,
      method: 'POST',
      path: '/api/orders',
      headers: { 'content-type': 'application/json' },
      body: '{"email":"ada@example.com","items":[{"productId":"espresso-beans","quantity":1}]}',
    }).catch(() => 'the connection was cut' as const);
    const end = await command.end();
    return { dataDir, response, end, left: await stillRunning(processes, 0) };
  }

  for (const removed of removals) {
    it(`${removed} ends, and takes no order any more`, () => {
      const outcome = outcomes.get(removed);
      assert.ok(outcome);
      const { dataDir, response, end, left } = outcome;
      assert.ok(response === 'the connection was cut' || response.status === 503, JSON.stringify(response));
      const { code, stderr } = end;
      assert.equal(code, 1);
      assert.match(stderr, /^The data folder .*, or something in it, was removed, moved or replaced/m);
      assert.ok(stderr.includes(dataDir));
      assert.equal(existsSync(join(dataDir, removed)), false);
      assert.deepEqual(left, []);
    });
  }
});
