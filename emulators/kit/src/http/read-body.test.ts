import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { readBody } from './read-body.ts';

describe('readBody()', () => {
  function requestOf(...chunks: string[]): IncomingMessage {
    const request = new IncomingMessage(new Socket());
    for (const chunk of chunks) request.push(chunk);
    request.push(null);
    return request;
  }

  it('gives a body of the maximum length', async () => {
    assert.deepEqual(await readBody(requestOf('ab', 'cd'), 4), { body: Buffer.from('abcd'), byteLength: 4 });
  });

  it('reads a longer one to its end, and gives its length alone', async () => {
    const request = requestOf('ab', 'cd', 'e');
    assert.deepEqual(await readBody(request, 4), { body: undefined, byteLength: 5 });
    assert.ok(request.readableEnded);
  });

  it('gives no bytes for no body', async () => {
    assert.deepEqual(await readBody(requestOf(), 4), { body: Buffer.alloc(0), byteLength: 0 });
  });
});
