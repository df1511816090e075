import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket, createServer } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Firestore } from '@google-cloud/firestore';
import { connect, type Fixture, startFixture } from '../support/emulator-fixture.ts';
import { listenTo } from '../support/snapshot-log.ts';
import { listenBattery } from './listen-battery.ts';
import { type BatteryCase, battery, prepareSamples } from './oracle-battery.ts';
import { lockBattery } from './oracle-locks.ts';
import { prepareRandom, randomQueries } from './random-queries.ts';

/** Google's own emulator, where somebody has it: needs Java too. */
const JAR = process.env['FIRESTORE_ORACLE_JAR'];
const MAIN_CLASS = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const CASES_PER_TEST = 50;
/** The long form: `FIRESTORE_ORACLE_QUERIES=5000 FIRESTORE_ORACLE_SEED=2`. */
const RANDOM_QUERIES = Number(process.env['FIRESTORE_ORACLE_QUERIES'] ?? 300);
const QUERIES_AT_ONCE = 20;
const RANDOM_SEED = Number(process.env['FIRESTORE_ORACLE_SEED'] ?? 1);

describe('the same answers as the official emulator', function () {
  this.timeout(120_000);

  if (JAR === undefined) {
    it('is skipped: set FIRESTORE_ORACLE_JAR to the path of cloud-firestore-emulator.jar to compare with it', function () {
      this.skip();
    });
    return;
  }

  let oracle: ChildProcess;
  let fixture: Fixture;
  let theirs: Firestore;
  let ours: Firestore;

  before(async () => {
    const port = await freePort();
    oracle = spawn(
      'java',
      ['-Duser.language=en', '-cp', JAR, MAIN_CLASS, '--host=127.0.0.1', `--port=${port}`],
      {
        stdio: 'ignore',
      },
    );
    fixture = await startFixture();
    await untilListening(port, oracle);
    theirs = connect(port);
    ours = fixture.client();
    await Promise.all([prepareSamples(theirs), prepareSamples(ours)]);
  });
  after(async () => {
    await theirs?.terminate();
    await fixture?.close();
    if (oracle.exitCode === null) {
      oracle.kill('SIGKILL');
      await once(oracle, 'exit');
    }
  });

  // The cases need a client to be made; titles and order are the same for any.
  const count = battery(connect(9)).length;
  for (let start = 0; start < count; start += CASES_PER_TEST) {
    const end = Math.min(start + CASES_PER_TEST, count);
    it(`in cases ${start + 1} to ${end} of ${count}`, async () => {
      const theirCases = battery(theirs).slice(start, end);
      const ourCases = battery(ours).slice(start, end);
      for (const [index, theirCase] of theirCases.entries()) {
        const ourCase = ourCases[index];
        assert.ok(ourCase);
        const [expected, actual] = [await outcome(theirCase, theirs), await outcome(ourCase, ours)];
        assert.deepEqual(actual, expected, theirCase.title);
      }
    });
  }

  it(`in ${RANDOM_QUERIES} random queries`, async () => {
    await Promise.all([prepareRandom(theirs), prepareRandom(ours)]);
    const differences: object[] = [];
    const compare = async (one: BatteryCase): Promise<void> => {
      const [expected, actual] = await Promise.all([outcome(one, theirs), outcome(one, ours)]);
      if (!isDeepStrictEqual(actual, expected)) differences.push({ title: one.title, expected, actual });
    };
    const queries = randomQueries(RANDOM_QUERIES, RANDOM_SEED);
    for (let from = 0; from < queries.length; from += QUERIES_AT_ONCE) {
      await Promise.all(queries.slice(from, from + QUERIES_AT_ONCE).map(compare));
    }
    assert.deepEqual(differences, []);
  }).timeout(120_000 + 200 * RANDOM_QUERIES);

  for (const one of lockBattery()) {
    it(`in ${one.title}`, async () => {
      const [expected, actual] = [await outcome(one, theirs), await outcome(one, ours)];
      assert.deepEqual(actual, expected);
    });
  }

  // Our own emulator is held to the same list in listen.test.ts.
  for (const { title, target, seed = {}, first, steps } of listenBattery) {
    it(`to listeners: ${title}`, async () => {
      for (const [path, data] of Object.entries(seed)) await theirs.doc(path).set(data);
      const log = listenTo(target(theirs));
      try {
        assert.equal(await log.next(), first);
        for (const { write, told } of steps) {
          await write(theirs);
          assert.equal(await log.next(), told);
        }
      } finally {
        log.unsubscribe();
      }
    });
  }
});

/** A result in a form that can be compared; of an error only its code, since the texts are the real service's here. */
async function outcome(one: BatteryCase, db: Firestore): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify((await one.run(db)) ?? null));
  } catch (error) {
    const { code } = error as { code?: number };
    return { errorCode: code ?? 'refused by the client' };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number, process: ChildProcess): Promise<void> {
  for (;;) {
    if (process.exitCode !== null)
      throw new Error(`The official emulator ended with code ${process.exitCode}`);
    const socket = connectSocket(port, '127.0.0.1');
    const answer = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch(() => [
      'error',
    ]);
    socket.destroy();
    if (answer.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
