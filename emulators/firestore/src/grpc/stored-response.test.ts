import assert from 'node:assert/strict';
import { decodeDocument, encodeDocument, firestoreService } from '../protocol/firestore-service.ts';
import { EncodedDocument } from '../store/stored-document.ts';
import { encodeFields } from '../values/encode-value.ts';
import type { Fields, Value } from '../values/value.ts';
import { encodeListenEvent } from './encode-listen-event.ts';
import { encodeStored } from './encode-messages.ts';
import { responseSerializer, type Serialize } from './stored-response.ts';

describe('responseSerializer()', () => {
  const fields: Fields = new Map<string, Value>([
    ['n', { kind: 'integer', integer: -1n }],
    ['tags', { kind: 'array', values: [{ kind: 'string', string: 'ü'.repeat(300) }] }],
  ]);
  const stored = new EncodedDocument({
    name: 'projects/p/databases/d/documents/c/ö',
    data: encodeDocument({ fields: encodeFields(fields) }),
    createMicros: 1_700_000_000_123_456,
    updateMicros: 1_800_000_000_000_000,
  });
  const readTime = { seconds: '1800000000', nanos: 1_000 };
  const responses: Record<string, object[]> = {
    GetDocument: [encodeStored(stored), encodeStored(stored, [['n']])],
    BatchGetDocuments: [
      { found: encodeStored(stored), readTime },
      { found: encodeStored(stored, [['tags']]), readTime },
      { missing: stored.name, readTime },
    ],
    RunQuery: [
      { document: encodeStored(stored), readTime, skippedResults: 3, done: true },
      { readTime, skippedResults: 0, done: true },
    ],
    Listen: [true, false].map((matches) =>
      encodeListenEvent({ kind: 'changed', targetId: 300, document: stored, matches }),
    ),
  };

  for (const [method, all] of Object.entries(responses)) {
    it(`writes ${method}'s responses so that they are read as those of protobufjs`, () => {
      const definition = firestoreService[method];
      assert.ok(definition);
      const serialize = responseSerializer(method, definition.responseSerialize as Serialize);
      for (const response of all) {
        const expected = definition.responseDeserialize(definition.responseSerialize(response));
        assert.deepEqual(definition.responseDeserialize(serialize(response)), expected);
      }
    });
  }

  it('decodes no document that it sends as it is stored', () => {
    const broken = new EncodedDocument({ ...stored, data: Uint8Array.of(0x12, 3, 1, 2, 3) });
    const serialize = responseSerializer('GetDocument', () => assert.fail('encoded anew'));
    assert.throws(() => broken.fields);
    assert.ok(serialize(encodeStored(broken)).includes(Buffer.from(broken.data)));
    assert.equal(decodeDocument(serialize(encodeStored(stored))).name, stored.name);
  });
});
