import assert from 'node:assert/strict';
import { installClients, runLine, skipWithout } from '@waybill/emulator-kit/testing';
import { type Fixture, startFixture } from '../support/emulator-fixture.ts';
import { CLIENT_PROGRAMS } from './client-programs.ts';

/** The lines of each program: a method, and the parts of its response that show that it was understood. */
const EXPECTED = [
  'set Zurich 450 -',
  'create ALREADY_EXISTS',
  'update Zurich 451 88',
  'update NOT_FOUND',
  // The mask names `people` alone.
  'merge Zurich 452 88',
  'transform Zurich 460 -',
  'transform 2 true',
  'get true false',
  'getAll bern,zurich missing',
  'query zurich,basel',
  'query zurich',
  'or bern,zurich',
  'aggregate 3 780 260',
  'transaction 460 461',
  'batch bern,geneva,zurich',
  // One write of the batch is refused, the other is stored.
  'batchWrite ALREADY_EXISTS',
  'listDocuments bern,geneva,lausanne,zurich',
  'listCollections cities districts',
  'listen added zurich 461',
  'listen modified zurich 462',
  // Its condition names the update time of another document.
  'delete FAILED_PRECONDITION',
  'delete false',
];

for (const program of CLIENT_PROGRAMS) {
  describe(`the official client in ${program.language}`, () => {
    let fixture: Fixture;

    before(async function () {
      skipWithout(program.needs, program.language, this);
      await installClients(program);
    });
    beforeEach(async () => {
      fixture = await startFixture();
    });
    afterEach(() => fixture.close());

    for (const transport of program.transports) {
      it(`calls every method over ${transport}`, async () => {
        const [command, ...args] = program.callAll;
        const lines = await runLine([command, ...args, transport], program.folder, {
          FIRESTORE_EMULATOR_HOST: `127.0.0.1:${fixture.port}`,
          PROJECT: 'demo',
        });
        assert.deepEqual(lines, EXPECTED);
      });
    }
  });
}
