import assert from 'node:assert/strict';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { firestoreService } from '../src/protocol/firestore-service.ts';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

const DATABASE = 'projects/test/databases/(default)';
const REFUSED = { code: 3, details: 'The request holds a string that is not valid UTF-8.' };
/** Stands in a request for bytes of the same length that are put in its place. */
const PLACE = 'PLACE';

describe('text that is not UTF-8', () => {
  let fixture: Fixture;
  let client: Client;

  before(async () => {
    fixture = await startFixture();
    client = new Client(`127.0.0.1:${fixture.port}`, credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await fixture.close();
  });

  const update = (parts: { id?: string; field?: string; value?: object }) => {
    const { id = 'd', field = 'f', value = { stringValue: 'x' } } = parts;
    const write = { update: { name: `${DATABASE}/documents/c/${id}`, fields: { [field]: value } } };
    return { database: DATABASE, writes: [write] };
  };

  /** Commits a request whose `PLACE` is other bytes. Resolves to the error, or undefined. */
  function commit(request: object, bytes: Buffer): Promise<{ code: number; details: string } | undefined> {
    const method = firestoreService['Commit'];
    assert.ok(method);
    const message = method.requestSerialize(request);
    const at = message.indexOf(PLACE);
    assert.ok(at >= 0 && bytes.length === PLACE.length);
    bytes.copy(message, at);
    return new Promise((resolve) => {
      const done = (error: ServiceError | null) =>
        resolve(error === null ? undefined : { code: error.code, details: error.details });
      client.makeUnaryRequest(
        method.path,
        (sent: Buffer) => sent,
        (got: Buffer) => got,
        message,
        done,
      );
    });
  }

  const INVALID = [
    Buffer.from([0x61, 0x62, 0x63, 0x64, 0xff]),
    Buffer.from([0x61, 0x62, 0x63, 0x64, 0xc3]),
    Buffer.from([0x61, 0xf0, 0x9f, 0x98, 0x61]),
    Buffer.from([0xed, 0xa0, 0x80, 0x61, 0x61]),
  ];
  const PLACES = {
    'a value': update({ value: { stringValue: PLACE } }),
    'a name of a field': update({ field: PLACE }),
    'an id': update({ id: PLACE }),
    'an array': update({ value: { arrayValue: { values: [{ stringValue: PLACE }] } } }),
  };
  for (const [place, request] of Object.entries(PLACES)) {
    it(`is refused in ${place}`, async () => {
      for (const bytes of INVALID) assert.deepEqual(await commit(request, bytes), REFUSED);
    });
  }

  it('is not what stands for it, nor other bytes than text', async () => {
    assert.equal(await commit(update({ value: { stringValue: PLACE } }), Buffer.from('a\uFFFDb')), undefined);
    assert.equal(
      await commit(update({ value: { stringValue: PLACE } }), Buffer.from('a\u{1f600}')),
      undefined,
    );
    assert.equal(
      await commit(update({ value: { bytesValue: Buffer.from(PLACE) } }), Buffer.alloc(5, 0xff)),
      undefined,
    );
  });
});
