import assert from 'node:assert/strict';
import { type EchoServer, startEchoServer } from '../../test/support/echo-server.ts';
import {
  callHeaders,
  callMessage,
  connectRaw,
  endsStream,
  PREFACE,
  type RawHttp2Client,
} from '../../test/support/raw-http2-client.ts';
import { ErrorCode } from './error-code.ts';
import { Flag, FrameType, Setting } from './frame.ts';
import { frame, headerFrames, numberFrame, settingsFrame } from './frame-writer.ts';
import { encodeHeaderBlock } from './hpack/encode-header-block.ts';

const ECHO = '/test.Echo/Echo';
const HOLD = '/test.Echo/Hold';
const ping = (text: string): Buffer => frame(FrameType.PING, 0, 0, Buffer.from(text));
const cancel = (id: number): Buffer => numberFrame(FrameType.RST_STREAM, id, ErrorCode.CANCEL);

describe('Http2Connection', () => {
  let server: EchoServer;
  let client: RawHttp2Client;
  let nowMs = 0;

  beforeEach(async () => {
    nowMs = 0;
    server = await startEchoServer({
      limits: { maxConcurrentStreams: 10, headersMs: 60, nowMs: () => nowMs },
    });
    client = await connectRaw(server.port);
  });
  afterEach(async () => {
    client.close();
    await server.close(0);
  });

  /** @returns the code and the text with which the server ends the connection */
  async function goAway(): Promise<{ code: number | undefined; text: string }> {
    const seen = await client.next(({ type }) => type === 'GOAWAY');
    return { code: seen?.payload.readUInt32BE(4), text: String(seen?.payload.subarray(8)) };
  }

  async function echo(id: number, text = 'hello'): Promise<string | undefined> {
    client.send(callHeaders(id, ECHO), callMessage(id, text));
    return (await client.next(endsStream(id)))?.fields?.['grpc-status'];
  }

  it('answers calls of one connection', async () => {
    assert.equal(await echo(1), '0');
    assert.equal(await echo(3), '0');
  });

  it('answers calls whose frames come byte by byte', async () => {
    client.socket.setNoDelay(true);
    for (const byte of Buffer.concat([callHeaders(1, ECHO), callMessage(1, 'slow')])) {
      client.send(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await client.next(endsStream(1)))?.fields?.['grpc-status'], '0');
  });

  it('takes padding, and a header block of several frames', async () => {
    const [, , block] = split(callHeaders(1, ECHO));
    client.send(
      frame(
        FrameType.HEADERS,
        Flag.PADDED,
        1,
        Buffer.concat([Buffer.of(3), block.subarray(0, 5), Buffer.alloc(3)]),
      ),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, block.subarray(5)),
      callMessage(1, 'x'),
    );
    assert.equal((await client.next(endsStream(1)))?.fields?.['grpc-status'], '0');
  });

  it('answers a ping with its bytes', async () => {
    client.send(ping('12345678'));
    const seen = await client.next(({ type }) => type === 'PING');
    assert.deepEqual([seen?.flags, String(seen?.payload)], [Flag.ACK, '12345678']);
  });

  it('keeps to the windows of the client, of the stream and of the connection', async () => {
    client.send(settingsFrame([[Setting.INITIAL_WINDOW_SIZE, 7]]));
    client.send(callHeaders(1, ECHO), callMessage(1, 'x'.repeat(20)));
    const isData = ({ type }: { type: string }): boolean => type === 'DATA';
    assert.equal((await client.next(isData))?.payload.length, 7);
    client.send(numberFrame(FrameType.WINDOW_UPDATE, 1, 8));
    assert.equal((await client.next(isData))?.payload.length, 8);
    client.send(settingsFrame([[Setting.INITIAL_WINDOW_SIZE, 100]]));
    assert.equal((await client.next(isData))?.payload.length, 10);
    // 65,535 bytes for the connection, of which 25 are used.
    client.send(settingsFrame([[Setting.INITIAL_WINDOW_SIZE, 1_000_000]]));
    client.send(callHeaders(3, '/test.Echo/Count'), callMessage(3, '1×70000'));
    let bytes = 0;
    while (bytes < 65_510) bytes += (await client.next(isData))?.payload.length ?? 0;
    assert.equal(bytes, 65_510);
    client.send(numberFrame(FrameType.WINDOW_UPDATE, 0, 10_000));
    while (bytes < 70_005) bytes += (await client.next(isData))?.payload.length ?? 0;
    assert.equal((await client.next(endsStream(3)))?.fields?.['grpc-status'], '0');
  });

  it('lets streams take turns when the window of the connection opens', async () => {
    await client.next(({ type }) => type === 'SETTINGS');
    client.send(settingsFrame([[Setting.INITIAL_WINDOW_SIZE, 1_000_000]]));
    for (const id of [1, 3, 5]) client.send(callHeaders(id, '/test.Echo/Count'), callMessage(id, '1×60000'));
    client.send(ping('all sent'));
    await client.next(({ type }) => type === 'PING');
    client.send(numberFrame(FrameType.WINDOW_UPDATE, 0, 60_000));
    const order: number[] = [];
    while (order.length < 4) {
      const seen = await client.next(({ type }) => type === 'DATA');
      order.push(seen?.streamId ?? 0);
    }
    assert.equal(new Set(order).size, 2, `${order}`);
  });

  it('gives windows back, so that a client may send any number of bytes', async () => {
    client.send(callHeaders(1, '/test.Echo/Chat'));
    const message = callMessage(1, 'x'.repeat(16_000), { end: false });
    // The server's windows are 256 KiB and 1 MiB.
    let allowed = 256 * 1024;
    for (let sent = 0; sent < 2_000_000; sent += 16_005) {
      while (allowed < 16_005) {
        const seen = await client.next(({ type, streamId }) => type === 'WINDOW_UPDATE' && streamId === 1);
        allowed += seen?.payload.readUInt32BE(0) ?? Number.POSITIVE_INFINITY;
      }
      client.send(message);
      allowed -= 16_005;
    }
    client.send(
      numberFrame(FrameType.WINDOW_UPDATE, 1, 3_000_000),
      numberFrame(FrameType.WINDOW_UPDATE, 0, 3_000_000),
    );
    client.send(frame(FrameType.DATA, Flag.END_STREAM, 1, Buffer.alloc(0)));
    assert.equal((await client.next(endsStream(1)))?.fields?.['grpc-status'], '0');
  });

  it('resets a stream that exceeds its window', async () => {
    client.send(callHeaders(3, '/test.Echo/Chat'), callMessage(3, 'pause', { end: false }));
    const chunk = callMessage(3, 'x'.repeat(16_000), { end: false });
    for (let sent = 0; sent < 300_000; sent += 16_000) client.send(chunk);
    const seen = await client.next(({ type, streamId }) => type === 'RST_STREAM' && streamId === 3);
    assert.equal(seen?.payload.readUInt32BE(0), ErrorCode.FLOW_CONTROL_ERROR);
  });

  it('refuses streams beyond the limit, and serves on', async () => {
    for (let id = 1; id <= 21; id += 2) client.send(callHeaders(id, HOLD), callMessage(id, 'x'));
    const seen = await client.next(endsStream(21));
    assert.equal(seen?.payload.readUInt32BE(0), ErrorCode.REFUSED_STREAM);
    client.send(cancel(1));
    assert.equal(await echo(23), '0');
  });

  it('tells a call that its client has cancelled it, or gone', async () => {
    client.send(callHeaders(1, HOLD), callMessage(1, 'x'), callHeaders(3, HOLD), callMessage(3, 'x'));
    await until(() => server.held.size === 2);
    const [first, second] = [...server.held];
    client.send(cancel(1));
    await until(() => server.held.size === 1);
    assert.deepEqual([first?.cancelled, second?.cancelled], [true, false]);
    client.close();
    await until(() => server.held.size === 0);
    assert.equal(second?.cancelled, true);
  });

  it('keeps the header table over refused, oversized and unknown streams', async () => {
    // A name that only the table has, added by a request that is malformed.
    const added = Buffer.concat([Buffer.of(0x40, 1), Buffer.from('a'), Buffer.of(3), Buffer.from('333')]);
    client.send(headerFrames(1, added, true));
    const [, , block] = split(callHeaders(3, ECHO));
    client.send(headerFrames(3, Buffer.concat([block, Buffer.of(0xbe)]), false), callMessage(3, 'x'));
    assert.equal((await client.next(endsStream(3)))?.fields?.['grpc-status'], '0');
  });

  it('answers 431 to a header list that is too long', async () => {
    const long: [string, string][] = [1, 2, 3, 4, 5].map((n) => [`h${n}`, 'x'.repeat(15_000)]);
    client.send(callHeaders(1, ECHO, long));
    const fields = (await client.next(endsStream(1)))?.fields;
    assert.deepEqual([fields?.[':status'], fields?.['grpc-status']], ['431', '8']);
    assert.equal(await echo(3), '0');
  });

  it('answers other requests than gRPC with a status and a text', async () => {
    const request = (method: string, type: string): Buffer =>
      encodeHeaderBlock([
        [':method', method],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'localhost'],
        ['content-type', type],
      ]);
    client.send(headerFrames(1, request('GET', 'text/plain'), true));
    const response = await client.next(({ type }) => type === 'HEADERS');
    assert.equal(response?.fields?.[':status'], '415');
    const body = await client.next(({ type }) => type === 'DATA');
    assert.match(String(body?.payload), /REST over HTTP\/1\.1/);
    assert.equal(body?.flags, Flag.END_STREAM);
    client.send(headerFrames(3, request('GET', 'application/grpc'), true));
    assert.equal((await client.next(({ type }) => type === 'HEADERS'))?.fields?.[':status'], '405');
  });

  it('lets streams end after GOAWAY, and opens no others', async () => {
    client.send(callHeaders(1, '/test.Echo/Chat'), callMessage(1, 'x', { end: false }));
    await client.next(({ type }) => type === 'DATA');
    const closed = server.close(5_000);
    const seen = await client.next(({ type }) => type === 'GOAWAY');
    assert.deepEqual([seen?.payload.readUInt32BE(0), seen?.payload.readUInt32BE(4)], [1, ErrorCode.NO_ERROR]);
    client.send(callHeaders(3, ECHO), callMessage(3, 'late'));
    client.send(frame(FrameType.DATA, Flag.END_STREAM, 1, Buffer.alloc(0)));
    const ends = await client.next(
      ({ type, flags }) => type === 'HEADERS' && (flags & Flag.END_STREAM) !== 0,
    );
    assert.deepEqual([ends?.streamId, ends?.fields?.['grpc-status']], [1, '0']);
    assert.equal(await client.next(() => true), undefined);
    await closed;
    assert.equal(server.handled(), 1);
  });

  it('cuts a client that sends half a header block', async () => {
    client.send(frame(FrameType.HEADERS, 0, 1, Buffer.of(0x88)));
    assert.equal(await client.next(() => false), undefined);
  });

  it('cuts a client that sends the preface and no settings', async () => {
    const silent = await connectRaw(server.port, [], PREFACE);
    assert.equal(await silent.next(() => false), undefined);
  });

  describe('ends the connection with ENHANCE_YOUR_CALM at', () => {
    const settings = settingsFrame([[Setting.MAX_HEADER_LIST_SIZE, 1]]);
    for (const [name, flood] of [
      ['pings', () => Array.from({ length: 10_001 }, () => ping('12345678'))],
      ['settings', () => Array.from({ length: 1_001 }, () => settings)],
      [
        'priorities',
        () => Array.from({ length: 10_001 }, () => frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(5))),
      ],
      ['unknown frames', () => Array.from({ length: 10_001 }, () => frame(0xbb, 0, 1, Buffer.alloc(0)))],
      [
        'empty DATA',
        () => [
          callHeaders(1, HOLD),
          ...Array.from({ length: 10_001 }, () => frame(FrameType.DATA, 0, 1, Buffer.alloc(0))),
        ],
      ],
      [
        'window updates of a byte',
        () => [
          callHeaders(1, HOLD),
          ...Array.from({ length: 10_001 }, () => numberFrame(FrameType.WINDOW_UPDATE, 1, 1)),
        ],
      ],
      [
        'CONTINUATION',
        () => [
          frame(FrameType.HEADERS, 0, 1, Buffer.of(0x82)),
          ...Array.from({ length: 100 }, () => frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(0))),
        ],
      ],
      [
        'a header block without an end',
        () => [
          frame(FrameType.HEADERS, 0, 1, Buffer.of(0x82)),
          ...Array.from({ length: 20 }, () =>
            frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_384, 0x82)),
          ),
        ],
      ],
      [
        'streams that are reset at once',
        () =>
          Array.from({ length: 1_001 }, (_, n) => [callHeaders(2 * n + 1, HOLD), cancel(2 * n + 1)]).flat(),
      ],
      [
        'streams that make the server reset them',
        () => Array.from({ length: 1_001 }, (_, n) => headerFrames(2 * n + 1, Buffer.of(0x82), true)),
      ],
    ] as [string, () => Buffer[]][]) {
      it(`a flood of ${name}`, async () => {
        client.send(...flood());
        assert.equal((await goAway()).code, ErrorCode.ENHANCE_YOUR_CALM);
      });
    }
  });

  it('bears the same frames spread over time', async () => {
    for (let round = 0; round < 3; round++) {
      client.send(...Array.from({ length: 9_000 }, () => ping('12345678')), ping('lastping'));
      await client.next(({ payload }) => String(payload) === 'lastping');
      nowMs += 10_000;
    }
    assert.equal(await echo(1), '0');
  });

  it('stops reading a client that does not read', async () => {
    const roomy = await startEchoServer();
    const deaf = await connectRaw(roomy.port, [[Setting.INITIAL_WINDOW_SIZE, 1_000_000]]);
    try {
      deaf.send(numberFrame(FrameType.WINDOW_UPDATE, 0, 100_000_000));
      const text = 'x'.repeat(16_000);
      for (let id = 1; id < 4_000; id += 2) deaf.send(callHeaders(id, ECHO), callMessage(id, text));
      let handled = -1;
      while (roomy.handled() !== handled) {
        handled = roomy.handled();
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(handled < 2_000, `${handled} calls were handled, whose responses nobody reads`);
      assert.equal((await deaf.next(endsStream(3_999)))?.fields?.['grpc-status'], '0');
    } finally {
      deaf.close();
      await roomy.close(0);
    }
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function split(bytes: Buffer): [type: number, flags: number, payload: Buffer] {
  return [bytes[3] ?? 0, bytes[4] ?? 0, bytes.subarray(9)];
}
