import assert from 'node:assert/strict';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';
const HERE = `${DATABASE}/documents/c/here`;
const GONE = `${DATABASE}/documents/c/gone`;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;

interface Timestamp {
  seconds: string;
  nanos: number;
}
interface CommitResponse {
  writeResults: { updateTime: Timestamp | null }[];
  commitTime: Timestamp;
}
type Write = Record<string, unknown>;

const set = (name: string, rest: object = {}): Write => ({
  update: { name, fields: { n: { integerValue: '1' } } },
  ...rest,
});
const remove = (name: string, rest: object = {}): Write => ({ delete: name, ...rest });
const transform = (name: string, rest: object = {}): Write => ({
  transform: { document: name, fieldTransforms: [{ fieldPath: 't', setToServerValue: 'REQUEST_TIME' }] },
  ...rest,
});
const verify = (name: string, rest: object = {}): Write => ({ verify: name, ...rest });
const exists = (holds: boolean) => ({ currentDocument: { exists: holds } });
const updatedAt = (updateTime: Timestamp) => ({ currentDocument: { updateTime } });
const contradiction = (words: string) => `Cannot ${words} an entity in the same request.`;

describe('writes of one commit', () => {
  let fixture: Fixture;
  let raw: RawClient;
  /** The update times of `here`, now and once. */
  let stored: Timestamp;
  let earlier: Timestamp;

  before(async () => {
    fixture = await startFixture();
    raw = connectRaw(fixture.port);
  });
  after(async () => {
    raw.close();
    await fixture.close();
  });
  beforeEach(async () => {
    earlier = await timeOf(await commit({ update: { name: HERE, fields: {} } }));
    stored = await timeOf(await commit(set(HERE)));
  });

  const commit = (...writes: Write[]) => raw.call<CommitResponse>('Commit', { database: DATABASE, writes });
  const timeOf = async (outcome: Awaited<ReturnType<typeof commit>>): Promise<Timestamp> => {
    assert.ok('responses' in outcome);
    const time = outcome.responses[0]?.writeResults[0]?.updateTime;
    assert.ok(time);
    return time;
  };
  const refusal = (details: string, code = INVALID_ARGUMENT) => ({ code, details });
  const assertDone = (outcome: object) => assert.ok('responses' in outcome, JSON.stringify(outcome));

  for (const name of [HERE, GONE]) {
    const data = name === HERE ? 'is there' : 'is missing';
    it(`are refused where they contradict each other on a document that ${data}`, async () => {
      const [upsert, update, insert] = [set(name), set(name, exists(true)), set(name, exists(false))];
      const [gone, goneIfThere] = [remove(name), remove(name, exists(true))];
      const pairs: readonly [Write, Write, string][] = [
        [gone, update, 'delete then update'],
        [goneIfThere, update, 'delete then update'],
        [gone, goneIfThere, 'delete then delete'],
        [gone, transform(name, exists(true)), 'delete then update'],
        [insert, insert, 'insert then insert'],
        [upsert, insert, 'upsert then insert'],
        [update, insert, 'update then insert'],
        [transform(name), insert, 'upsert then insert'],
        [upsert, remove(name, exists(false)), 'upsert then delete'],
      ];
      for (const [first, second, words] of pairs) {
        assert.deepEqual(await commit(first, second), refusal(contradiction(words)));
      }
      assert.deepEqual(await commit(upsert, gone, update), refusal(contradiction('delete then update')));
      assert.deepEqual(await commit(insert, upsert, insert), refusal(contradiction('insert then insert')));
    });
  }

  it('may follow each other where they do not', async () => {
    const [upsert, update, insert] = [set(HERE), set(HERE, exists(true)), set(HERE, exists(false))];
    for (const writes of [
      [remove(HERE), upsert],
      [remove(HERE), insert, update],
      [upsert, update],
      [update, remove(HERE, exists(true)), remove(HERE), insert],
    ]) {
      assertDone(await commit(...writes));
    }
    assert.deepEqual((await commit(insert, remove(HERE))) as unknown, {
      code: ALREADY_EXISTS,
      details: `Document already exists: ${HERE}`,
    });
  });

  it('are refused with different update times of one document', async () => {
    const micros = ({ seconds, nanos }: Timestamp) => BigInt(seconds) * 1_000_000n + BigInt(nanos / 1_000);
    const text = (version: Timestamp | undefined) =>
      version === undefined
        ? 'null'
        : `VersionPrecondition{exactBaseVersion=${micros(version)}, maxBaseVersion=null}`;
    const refused = (first: Timestamp | undefined, second: Timestamp) =>
      refusal(
        `Cannot collapse mutations with different version preconditions (${text(first)} and ${text(second)})`,
      );
    const [now, once] = [updatedAt(stored), updatedAt(earlier)];
    assert.deepEqual(await commit(set(HERE, once), set(HERE, now)), refused(earlier, stored));
    assert.deepEqual(await commit(set(HERE, now), remove(HERE, once)), refused(stored, earlier));
    assert.deepEqual(await commit(set(HERE), set(HERE, now)), refused(undefined, stored));
    assert.deepEqual(
      await commit(remove(HERE, now), set(HERE, now)),
      refusal(contradiction('delete then update')),
    );
    assertDone(await commit(set(HERE, now), set(HERE, now), set(HERE, exists(true))));
  });

  it('are refused with an update time that no document can have', async () => {
    const later = { seconds: String(Number(stored.seconds) + 100), nanos: 0 };
    const tooLate = refusal(`Invalid base version, it is greater than the stored version: ${HERE}`);
    assert.deepEqual(await commit(set(HERE, updatedAt(later))), tooLate);
    assert.deepEqual(await commit(remove(HERE, updatedAt(later))), tooLate);
    for (const [name, time] of [
      [HERE, earlier],
      [GONE, earlier],
      [GONE, later],
    ] as const) {
      const outcome = await commit(set(name, updatedAt(time)));
      assert.equal('code' in outcome && outcome.code, FAILED_PRECONDITION);
    }
    const finer = { ...stored, nanos: stored.nanos + 1 };
    assert.deepEqual(
      await commit(set(HERE, updatedAt(finer))),
      refusal('timestamp cannot have more than microseconds precision'),
    );
    assert.deepEqual(
      await commit(set(HERE, updatedAt({ seconds: '-5', nanos: 0 }))),
      refusal('Only timestamps past epoch are supported.'),
    );
  });

  it('may be an update without transforms, but no transform without any', async () => {
    assertDone(await commit({ ...set(HERE), updateTransforms: [] }));
    assert.deepEqual(
      await commit({ transform: { document: HERE, fieldTransforms: [] } }),
      refusal('The list of FieldTransform must not be empty.'),
    );
  });

  it('verify a document that is only read', async () => {
    assert.deepEqual(await timeOf(await commit(verify(HERE, exists(true)), set(GONE), remove(GONE))), stored);
    assert.deepEqual(await timeOf(await commit(verify(HERE, updatedAt(stored)))), stored);
    const absent = await commit(verify(GONE, exists(false)));
    assert.ok('responses' in absent);
    assert.deepEqual(absent.responses[0]?.writeResults[0]?.updateTime, absent.responses[0]?.commitTime);

    const codeOf = async (...writes: Write[]) => {
      const outcome = await commit(...writes);
      return 'code' in outcome ? outcome.code : 0;
    };
    assert.equal(await codeOf(set(HERE), verify(GONE, exists(true))), NOT_FOUND);
    assert.equal(await codeOf(verify(HERE, exists(false))), ALREADY_EXISTS);
    assert.equal(await codeOf(verify(HERE, updatedAt(earlier))), FAILED_PRECONDITION);
  });

  it('verify with a precondition only, and nothing that they write', async () => {
    const there = verify(HERE, exists(true));
    for (const [writes, text] of [
      [[verify(HERE)], 'a verify must contain a precondition'],
      [[{ ...there, updateMask: { fieldPaths: ['n'] } }], 'a verify must not specify a document mask.'],
      [[there, set(HERE)], 'the same document cannot be verified and then written in a single request'],
      [[there, remove(HERE)], 'the same document cannot be verified and then written in a single request'],
      [[set(HERE), there], 'the same document cannot be written and then verified in a single request'],
      [[there, there], 'the same document cannot be verified more than once in a single request'],
    ] as const) {
      assert.deepEqual(await commit(...writes), refusal(text));
    }
  });
});
