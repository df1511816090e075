import assert from 'node:assert/strict';
import type { Http1Response } from './http1-response.ts';
import { MalformedResponseError } from './malformed-response-error.ts';
import { ResponseReader } from './response-reader.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

interface Reading {
  readonly response: Http1Response | undefined;
  readonly canReuse: boolean;
}

/** Reads a response in packets of so many bytes. */
function read(text: string, packetBytes = text.length, isHead = false): Reading {
  const reader = new ResponseReader(isHead);
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += packetBytes) {
    const response = reader.push(bytes.subarray(at, at + packetBytes));
    // Bytes after the end are the connection's to judge.
    if (response !== undefined) return { response, canReuse: reader.canReuse };
  }
  return { response: reader.end(), canReuse: false };
}

describe('ResponseReader', () => {
  for (const [title, text, body, canReuse] of [
    ['a content length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello', true],
    ['no body', `${OK}Content-Length: 0\r\n\r\n`, '', true],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, 'hello', true],
    [
      'chunks after another coding',
      `${OK}Transfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
      'x',
      true,
    ],
    [
      'trailers',
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX: 2\r\n\r\n`,
      'hello',
      true,
    ],
    ['an end by the connection', `${OK}\r\nhello`, 'hello', false],
    ['a last coding other than chunked', `${OK}Transfer-Encoding: gzip\r\n\r\nhello`, 'hello', false],
    ['Connection: close', `${OK}Connection: x, Close\r\nContent-Length: 5\r\n\r\nhello`, 'hello', false],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello', false],
    [
      'HTTP/1.0 that is kept alive',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
      'hello',
      true,
    ],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx', 'x', true],
    ['a status without a body', 'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n', '', true],
    ['Not Modified', 'HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n', '', true],
    [
      'interim responses',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
      'x',
      true,
    ],
  ] as const) {
    it(`reads a response with ${title}, however it is cut`, () => {
      for (let packetBytes = 1; packetBytes <= text.length; packetBytes += 1) {
        const { response, canReuse: canReuseNow } = read(text, packetBytes);
        assert.equal(response?.body, body, `packets of ${packetBytes} bytes`);
        assert.equal(canReuseNow, canReuse, `packets of ${packetBytes} bytes`);
      }
    });
  }

  it('keeps the first value of each header, by its name in lower case', () => {
    const { response } = read(`${OK}X-A: 1 \r\nx-a: 2\r\n__proto__: \t3\r\nContent-Length: 0\r\n\r\n`);
    assert.deepEqual(Object.entries(response?.headers ?? {}), [
      ['x-a', '1'],
      ['__proto__', '3'],
      ['content-length', '0'],
    ]);
  });

  it('expects no body after a HEAD, and does not use the connection again', () => {
    const { response, canReuse } = read(`${OK}Content-Length: 5\r\n\r\n`, 1, true);
    assert.equal(response?.status, 200);
    assert.equal(canReuse, false);
  });

  it('does not use a connection again that sends junk after the response', () => {
    const { response, canReuse } = read(`${OK}Content-Length: 1\r\n\r\nxHTTP/1.1 500 Junk\r\n\r\n`);
    assert.equal(response?.status, 200);
    assert.equal(canReuse, false);
  });

  it('keeps 4 KiB of a body, and cuts it after 1 MiB', () => {
    const reader = new ResponseReader(false);
    assert.equal(reader.push(Buffer.from(`${OK}\r\n`)), undefined);
    const packet = Buffer.alloc(65_536, 'x');
    let response: Http1Response | undefined;
    let packets = 0;
    for (; response === undefined && packets < 100; packets += 1) response = reader.push(packet);
    assert.equal(packets, 17);
    assert.equal(response?.body.length, 4_096);
    assert.equal(reader.canReuse, false);
  });

  for (const [title, text] of [
    ['no status line', '220 smtp.example.com ESMTP\r\n\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['a line that is no header', `${OK}no colon\r\n\r\n`],
    ['a blank before the colon', `${OK}A : b\r\n\r\n`],
    ['a folded header', `${OK}A: b\r\n c\r\n\r\n`],
    ['a bare line feed', `${OK}A: b\nC: d\r\n\r\n`],
    ['a NUL', `${OK}A: b\0\r\n\r\n`],
    ['a negative length', `${OK}Content-Length: -1\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`],
    ['a list of lengths', `${OK}Content-Length: 1, 1\r\n\r\nx`],
    ['a length beside chunks', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a chunk size that is none', `${OK}Transfer-Encoding: chunked\r\n\r\n-1\r\n`],
    ['a chunk longer than its size', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n`],
    ['an endless head', `${OK}A: ${'x'.repeat(17_000)}`],
    ['endless headers', `${OK}${'A: b\r\n'.repeat(3_000)}`],
    ['endless interim responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)],
    ['an endless chunk size', `${OK}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(2_000)}`],
    ['endless trailers', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'A: b\r\n'.repeat(3_000)}`],
  ] as const) {
    it(`refuses ${title}, however it is cut`, () => {
      for (const packetBytes of [1, 7, text.length]) {
        assert.throws(
          () => read(text, packetBytes),
          MalformedResponseError,
          `packets of ${packetBytes} bytes`,
        );
      }
    });
  }

  it('reads random bytes the same way in whatever packets, or refuses them', () => {
    const random = randomNumbers(5);
    const pieces = [
      'HTTP/1.1 ',
      '200',
      ' OK',
      '\r\n',
      '\r\n\r\n',
      'Content-Length: ',
      '3',
      'Transfer-Encoding: ',
    ];
    pieces.push(
      'chunked',
      '0\r\n',
      '3\r\nabc\r\n',
      'x',
      '\n',
      ':',
      '100',
      '204',
      'Connection: close',
      '\0',
      'ff',
    );
    const pick = (): string => pieces[random() % pieces.length] ?? '';
    const outcomeOf = (text: string, packetBytes: number): unknown => {
      try {
        return read(text, packetBytes).response;
      } catch (error) {
        assert.ok(error instanceof MalformedResponseError, String(error));
        return 'refused';
      }
    };
    for (let input = 0; input < 3_000; input += 1) {
      const start =
        random() % 4 === 0 ? '' : `${OK}${random() % 2 === 0 ? 'Transfer-Encoding: chunked\r\n\r\n' : ''}`;
      const text = start + Array.from({ length: 1 + (random() % 12) }, pick).join('');
      const whole = outcomeOf(text, text.length);
      assert.deepEqual(outcomeOf(text, 1 + (random() % 9)), whole, JSON.stringify(text));
    }
  });
});

/** A generator of Lehmer's kind: the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}
