import assert from 'node:assert/strict';
import { once } from 'node:events';
import { deflateSync, gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { type EchoServer, echoService, startEchoServer } from '../../test/support/echo-server.ts';
import {
  callHeaders,
  callMessage,
  connectRaw,
  endsStream,
  type RawHttp2Client,
} from '../../test/support/raw-http2-client.ts';
import { Flag, FrameType } from '../http2/frame.ts';
import { frame } from '../http2/frame-writer.ts';

type Unary = (
  request: Buffer,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, response?: Buffer) => void,
) => grpc.ClientUnaryCall;

const MAX_BYTES = 100_000;

describe('GrpcServer', () => {
  let server: EchoServer;
  let client: grpc.Client;
  let raw: RawHttp2Client;

  before(async () => {
    server = await startEchoServer({ maxReceiveBytes: MAX_BYTES });
  });
  after(() => server.close(0));

  beforeEach(async () => {
    client = clientWith({});
    raw = await connectRaw(server.port);
  });
  afterEach(() => {
    client.close();
    raw.close();
  });

  function clientWith(options: grpc.ClientOptions): grpc.Client {
    const Client = grpc.makeGenericClientConstructor(echoService, 'Echo');
    return new Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), options);
  }

  function unary(
    request: string | Buffer,
    options: { method?: string; metadata?: grpc.Metadata; deadline?: number } = {},
  ): Promise<string> {
    const { method = 'Echo', metadata = new grpc.Metadata(), ...callOptions } = options;
    const call = Reflect.get(client, method) as Unary;
    return new Promise((resolve, reject) => {
      call.call(client, Buffer.from(request), metadata, callOptions, (error, response) => {
        if (error) reject(error);
        else resolve(String(response));
      });
    });
  }

  const countOf = (request: string): grpc.ClientReadableStream<Buffer> =>
    (Reflect.get(client, 'Count') as (request: Buffer) => grpc.ClientReadableStream<Buffer>).call(
      client,
      Buffer.from(request),
    );
  const chat = (): grpc.ClientDuplexStream<Buffer, Buffer> =>
    (Reflect.get(client, 'Chat') as () => grpc.ClientDuplexStream<Buffer, Buffer>).call(client);

  /** The status of a call of raw frames: `code: text`. */
  async function statusOf(...frames: Buffer[]): Promise<string> {
    raw.send(...frames);
    const fields = (await raw.next(endsStream(1)))?.fields;
    return `${fields?.['grpc-status']}: ${fields?.['grpc-message']}`;
  }

  describe('a unary call', () => {
    it('is answered, small or large', async () => {
      assert.equal(await unary('hello'), 'hello');
      assert.equal(await unary(''), '');
      const large = 'x'.repeat(MAX_BYTES);
      assert.equal(await unary(large), large);
    });

    it('fails with its code, its text, and trailers of text and bytes', async () => {
      const error = await unary('fail: 100 % naïve ').then(
        assert.fail,
        (thrown: grpc.ServiceError) => thrown,
      );
      assert.deepEqual([error.code, error.details], [5, 'fail: 100 % naïve ']);
      assert.deepEqual(error.metadata.get('details-bin'), [Buffer.of(0, 255)]);
      assert.deepEqual(error.metadata.get('plain'), ['text']);
    });

    it('gets metadata of bytes, also of several values', async () => {
      const metadata = new grpc.Metadata();
      metadata.add('x-bin', Buffer.of(0, 1));
      metadata.add('x-bin', Buffer.from('two'));
      const told = JSON.parse(await unary('metadata', { metadata })) as { data: number[] }[];
      assert.deepEqual(
        told.map(({ data }) => Buffer.from(data)),
        [Buffer.of(0, 1), Buffer.from('two')],
      );
    });

    it('fails with UNKNOWN where its handler throws, and with INTERNAL where its response is none', async () => {
      await assert.rejects(unary('throw'), { code: 2, details: 'Server method handler threw error thrown' });
      await assert.rejects(unary('odd'), { code: 13, details: /^Error serializing response/ });
      assert.equal(await unary('and on'), 'and on');
    });

    it('ends at its deadline, and tells the handler', async () => {
      await assert.rejects(unary('x', { method: 'Hold', deadline: Date.now() + 30 }), { code: 4 });
      raw.send(callHeaders(1, '/test.Echo/Hold', [['grpc-timeout', '20m']]), callMessage(1, 'x'));
      assert.equal((await raw.next(endsStream(1)))?.fields?.['grpc-status'], '4');
      assert.equal(server.held.size, 0);
    });

    it('tells its deadline in milliseconds since 1970', async () => {
      const before = Date.now();
      raw.send(callHeaders(1, '/test.Echo/Hold', [['grpc-timeout', '50S']]), callMessage(1, 'x'));
      while (server.held.size === 0) await new Promise((resolve) => setImmediate(resolve));
      const [held] = server.held;
      const left = (held?.getDeadline() ?? 0) - before;
      assert.ok(left >= 50_000 && left < 60_000, `${left} ms`);
      assert.match(held?.getPeer() ?? '', /^127\.0\.0\.1:\d+$/);
      assert.deepEqual(held?.metadata.toJSON(), {});
    });

    it('is refused where it is larger than allowed', async () => {
      await assert.rejects(unary('x'.repeat(MAX_BYTES + 1)), {
        code: 8,
        details: `Received message larger than max (${MAX_BYTES + 1} vs ${MAX_BYTES})`,
      });
    });

    it('is not run where its client cancels it before its turn', async () => {
      const before = server.handled();
      const cancel = Buffer.from('000004030000000001' + '00000008', 'hex');
      raw.send(callHeaders(1, '/test.Echo/Hold'), callMessage(1, 'x', { end: false }), cancel);
      raw.send(callHeaders(3, '/test.Echo/Echo'), callMessage(3, 'x'));
      await raw.next(endsStream(3));
      assert.equal(server.handled(), before + 1);
    });
  });

  describe('a call that breaks the rules of gRPC', () => {
    const ECHO = callHeaders(1, '/test.Echo/Echo');
    for (const [name, frames, expected] of [
      [
        'of an unknown method',
        [callHeaders(1, '/a.B/C')],
        '12: The server does not implement the method /a.B/C',
      ],
      [
        'without a message',
        [ECHO, frame(FrameType.DATA, Flag.END_STREAM, 1, Buffer.alloc(0))],
        '12: Received no request message for method /test.Echo/Echo',
      ],
      [
        'with two messages',
        [ECHO, callMessage(1, 'a', { end: false }), callMessage(1, 'b')],
        '12: Received a second request message for method /test.Echo/Echo',
      ],
      [
        'that ends within a message',
        [ECHO, frame(FrameType.DATA, Flag.END_STREAM, 1, Buffer.of(0, 0, 0, 0, 9, 1))],
        '13: The request ends within a message',
      ],
      [
        'with a wrong prefix',
        [ECHO, callMessage(1, 'a', { flag: 7 })],
        '13: A message begins with the flag 7',
      ],
      [
        'whose message cannot be decoded',
        [ECHO, callMessage(1, 'undecodable')],
        '13: Error deserializing request: not a message',
      ],
      [
        'with a timeout that is none',
        [callHeaders(1, '/test.Echo/Echo', [['grpc-timeout', '5 minutes']])],
        '13: Invalid grpc-timeout value "5 minutes"',
      ],
      [
        'of an unknown compression',
        [callHeaders(1, '/test.Echo/Echo', [['grpc-encoding', 'br']])],
        '12: Received message compressed with unsupported encoding "br"',
      ],
      [
        'that is compressed by nothing',
        [ECHO, callMessage(1, 'a', { flag: 1 })],
        '13: A message is compressed, but grpc-encoding names no compression',
      ],
      [
        'whose compression is broken',
        [callHeaders(1, '/test.Echo/Echo', [['grpc-encoding', 'gzip']]), callMessage(1, 'a', { flag: 1 })],
        '13: Failed to decompress message',
      ],
    ] as [string, Buffer[], string][]) {
      it(`${name} fails`, async () => assert.equal(await statusOf(...frames), expected));
    }

    it('that decompresses to more than allowed fails', async () => {
      const bomb = gzipSync(Buffer.alloc(MAX_BYTES + 1));
      const bytes = Buffer.concat([Buffer.of(1, 0, 0, 0, bomb.length), bomb]);
      const headers = callHeaders(1, '/test.Echo/Echo', [['grpc-encoding', 'gzip']]);
      assert.equal(
        await statusOf(headers, frame(FrameType.DATA, Flag.END_STREAM, 1, bytes)),
        `8: Received message that decompresses to a size larger than ${MAX_BYTES}`,
      );
    });
  });

  it('takes compressed messages, in their order with others', async () => {
    client.close();
    client = clientWith({ 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
    assert.equal(await unary('x'.repeat(50_000)), 'x'.repeat(50_000));
    const compressed = (text: string): Buffer => {
      const body = deflateSync(text);
      return frame(FrameType.DATA, 0, 1, Buffer.concat([Buffer.of(1, 0, 0, 0, body.length), body]));
    };
    raw.send(callHeaders(1, '/test.Echo/Chat', [['grpc-encoding', 'deflate']]));
    raw.send(compressed('one'), callMessage(1, 'two', { end: false }), compressed('three'));
    raw.send(frame(FrameType.DATA, Flag.END_STREAM, 1, Buffer.alloc(0)));
    const texts: string[] = [];
    for (let ended = false; !ended; ) {
      const seen = await raw.next(({ type }) => type === 'DATA' || type === 'HEADERS');
      if (seen?.type === 'DATA') texts.push(String(seen.payload.subarray(5)));
      ended = seen === undefined || (seen.flags & Flag.END_STREAM) !== 0;
    }
    assert.deepEqual(texts, ['one', 'two', 'three']);
  });

  describe('a stream of responses', () => {
    it('arrives whole, also where it is larger than all windows', async () => {
      let messages = 0;
      for await (const message of countOf('200×20000')) {
        assert.equal((message as Buffer).length, 20_000);
        messages++;
      }
      assert.equal(messages, 200);
    });

    it('waits for a client that does not read, and ends when it goes', async () => {
      const stream = countOf('100000×10000');
      stream.on('error', () => {});
      await once(stream, 'readable');
      stream.cancel();
      const status = await statusEvent(stream);
      assert.equal(status.code, 1);
    });

    it('may be empty', async () => {
      assert.deepEqual(await countOf('0').toArray(), []);
    });
  });

  describe('a stream of both sides', () => {
    it('answers each message, and ends with its client', async () => {
      const call = chat();
      for (const text of ['a', 'b', 'c']) {
        call.write(Buffer.from(text));
        assert.equal(String((await once(call, 'data'))[0]), text);
      }
      call.end();
      const status = await statusEvent(call);
      assert.equal(status.code, 0);
      assert.equal(server.held.size, 0);
    });

    for (const [text, code, details] of [
      ['fail', 9, 'as wanted'],
      ['throw', 2, 'Server method handler threw error thrown'],
    ] as const) {
      it(`ends with a failure (${text}) after what was written`, async () => {
        const call = chat();
        const texts: string[] = [];
        call.on('data', (data: Buffer) => texts.push(String(data)));
        call.on('error', () => {});
        call.write(Buffer.from('a'));
        call.write(Buffer.from(text));
        const status = await statusEvent(call);
        assert.deepEqual([status.code, status.details, texts], [code, details, ['a']]);
      });
    }
  });

  it('tells a handler that its client has cancelled the call', async () => {
    const hold = (Reflect.get(client, 'Hold') as Unary).call(
      client,
      Buffer.from('x'),
      new grpc.Metadata(),
      {},
      () => {},
    );
    while (server.held.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const [held] = server.held;
    assert.ok(held);
    const cancelled = once(held, 'cancelled');
    hold.cancel();
    await cancelled;
    assert.equal(held.cancelled, true);
  });

  it('tells a handler that its call has ended for a faulty message', async () => {
    raw.send(callHeaders(1, '/test.Echo/Chat'), callMessage(1, 'undecodable', { end: false }));
    assert.equal((await raw.next(endsStream(1)))?.fields?.['grpc-status'], '13');
    assert.equal(server.held.size, 0);
  });

  it('runs no call whose deadline has passed', async () => {
    const before = server.handled();
    raw.send(callHeaders(1, '/test.Echo/Echo', [['grpc-timeout', '0m']]), callMessage(1, 'late'));
    assert.equal((await raw.next(endsStream(1)))?.fields?.['grpc-status'], '4');
    assert.equal(server.handled(), before);
  });

  it('cuts a connection that answers no ping', async () => {
    const watchful = await startEchoServer({ keepaliveMs: 10 });
    try {
      const silent = await connectRaw(watchful.port);
      await silent.next(({ type }) => type === 'PING');
      assert.equal(await silent.next(() => false), undefined);
    } finally {
      await watchful.close(0);
    }
  });
});

/** How a call ends. Not `once()`, which would reject for an error. */
function statusEvent(call: grpc.ClientReadableStream<Buffer>): Promise<grpc.StatusObject> {
  return new Promise((resolve) => call.on('status', resolve));
}
