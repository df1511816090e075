import type { SeededRandom } from '../crash/support/seeded-random.ts';

/** Bytes to send over one connection. */
export interface BrokenRequest {
  /** The kind, for reports. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** Resets the connection once the bytes are sent, without waiting for a response. */
  readonly reset: boolean;
}

type Make = (random: SeededRandom, hosts: readonly string[]) => string | Buffer;

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'PROPFIND',
  'get',
  'G\u00c4T',
  '',
];
const TARGETS = [
  '//',
  '///',
  '//evil.example',
  '//:99999',
  '//[::1',
  '/\\',
  '\\\\',
  '*',
  '?',
  '#',
  'localhost:8080',
  'http://',
  'http://[::1',
  'http://localhost:99999999/',
  'https://user:password@localhost/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  '/%',
  '/%zz',
  '/%ff%fe',
  '/%00',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/../../etc/passwd',
  '/emulator/%',
  '/emulator//health',
  '//emulator/clock',
  '/v2/%',
  '/v2//projects',
  '/v2/projects/%zz/locations/us-central1/queues',
  '/.well-known/openid-configuration',
  '/v1/charges/%zz',
  '/v1/payment_intents?limit[=%',
  '/shipments?%',
  '/sandbox/charges',
  '/api/orders/%zz',
  '/api/orders/__proto__',
  '/api/orders/%2f%2f/events',
  '/orders/%ff/receipt.pdf',
  '/tasks/%zz/v1',
  '/tasks/charge-payment/v999999999999999999999',
  '/tasks?cursor=%ff&state=%',
  '/dead-letters?contract=%00',
  '/cron/sweep',
  '/_ah/warmup?%',
  '/healthz#',
  '/__proto__',
  '/constructor',
];
const HOSTS = [
  '',
  ' ',
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost:99999999',
  'localhost:',
  ':80',
  '[::1',
  '[]',
  '::',
  '.localhost',
  '..localhost',
  'a.b.c.d.worker.localhost',
  '99999.v1.worker.localhost',
  '__proto__.localhost',
  'constructor.localhost',
  'x-dot-y-dot-z.localhost',
  'user@localhost',
  'local host',
  'localhost, worker.localhost',
  '%00',
  '\u00fc.localhost',
  `${'a'.repeat(300)}.localhost`,
];
const HEADERS = [
  'Expect: 100-continue',
  'Expect: nothing',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 5\r\nContent-Length: 6',
  'Transfer-Encoding: chunked\r\nContent-Length: 5',
  'Transfer-Encoding: gzip, nothing',
  'Content-Type: application/json; charset=nothing',
  'Content-Type: \u00ff',
  'Content-Encoding: gzip',
  'Cookie: GOOGAPPUID=x; =; ;;;=\u00ff',
  'Authorization: Basic \u00ff',
  'Authorization: Bearer sk_test_1',
  'If-None-Match: *',
  'If-Modified-Since: never',
  'Range: bytes=9-1',
  'Accept: */*;q=nan, \u00ff',
  'Accept-Language: *-*',
  'Last-Event-ID: \u00ff',
  'Origin: null',
  'X-AppEngine-TaskName: forged\r\nX-AppEngine-QueueName: payments',
  'X-Cloud-Trace-Context: %/%;o=%',
  'traceparent: 00-zz-zz-zz',
  'X-Forwarded-For: , ,',
  'Idempotency-Key: \u00ff',
  'no colon',
  ': no name',
  ' folded: yes',
  'Name With Spaces: yes',
  'Null: \u0000',
];
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const MAX_TARGET_CHARACTERS = 60;
const MAX_BODY_BYTES = 400;
const MAX_FRAME_BYTES = 64;

const KINDS: Readonly<Record<string, Make>> = {
  'request target': (random, hosts) =>
    requestOf({ target: targetOf(random), host: random.pick(hosts), method: random.pick(METHODS) }),
  host: (random, hosts) =>
    requestOf({
      target: targetOf(random),
      host: random.next() < 0.7 ? random.pick(HOSTS) : textOf(random, 30),
    }) + (random.next() < 0.1 ? requestOf({ target: '/', host: random.pick(hosts) }) : ''),
  'two hosts': (random, hosts) =>
    requestOf({ target: '/', host: random.pick(hosts), headers: [`Host: ${random.pick(HOSTS)}`] }),
  'no host': (random) => `GET ${targetOf(random)} HTTP/1.${random.below(2)}\r\n\r\n`,
  headers: (random, hosts) =>
    requestOf({
      method: random.pick(METHODS),
      target: targetOf(random),
      host: random.pick(hosts),
      headers: random.shuffled(HEADERS).slice(0, 1 + random.below(4)),
    }),
  'too many headers': (random, hosts) =>
    requestOf({
      target: '/',
      host: random.pick(hosts),
      headers: Array.from({ length: 3_000 }, (_, index) => `x-${index}: 1`),
    }),
  'long header': (random, hosts) =>
    requestOf({ target: '/', host: random.pick(hosts), headers: [`x: ${'y'.repeat(70_000)}`] }),
  'long target': (random, hosts) =>
    requestOf({ target: `/${'z'.repeat(random.below(70_000))}`, host: random.pick(hosts) }),
  'broken body': (random, hosts) =>
    requestOf({
      method: random.pick(['POST', 'PUT', 'PATCH']),
      target: targetOf(random),
      host: random.pick(hosts),
      headers: [
        random.pick([
          'Content-Type: application/json',
          'Content-Type: application/x-www-form-urlencoded',
          'X: y',
        ]),
        `Content-Length: ${random.below(MAX_BODY_BYTES)}`,
      ],
      body: random.pick([
        '{',
        'null',
        '[]',
        '"',
        '{"offsetMs":"x"}',
        '{"__proto__":null}',
        textOf(random, 200),
      ]),
    }),
  'broken chunks': (random, hosts) =>
    requestOf({
      method: 'POST',
      target: targetOf(random),
      host: random.pick(hosts),
      headers: ['Transfer-Encoding: chunked'],
      body: random.pick([
        'z\r\n',
        '-1\r\n',
        'ffffffffffffffff\r\n',
        '5\r\nabc',
        '1\r\nab\r\n',
        '0\r\n',
        textOf(random, 50),
      ]),
    }),
  'half a request': (random, hosts) => {
    const whole = requestOf({
      method: random.pick(METHODS),
      target: targetOf(random),
      host: random.pick(hosts),
    });
    return whole.slice(0, random.below(whole.length));
  },
  'request line': (random) => `${textOf(random, 80)}\r\nHost: localhost\r\n\r\n`,
  'several requests': (random, hosts) =>
    Array.from({ length: 2 + random.below(4) }, () =>
      requestOf({ target: targetOf(random), host: random.pick(hosts), close: false }),
    ).join(''),
  connect: () => 'CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n',
  'half a preface': (random) => HTTP2_PREFACE.slice(0, random.below(HTTP2_PREFACE.length)),
  'HTTP/2 frames': (random) =>
    Buffer.concat([
      Buffer.from(HTTP2_PREFACE),
      ...(random.next() < 0.5 ? [Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])] : []),
      ...Array.from({ length: 1 + random.below(5) }, () => frameOf(random)),
    ]),
  TLS: (random) => Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), bytesOf(random, 300)]),
  'random bytes': (random) => bytesOf(random, 1 + random.below(2_000)),
  SMTP: (random) =>
    `EHLO ${textOf(random, 20)}\r\nMAIL FROM:<${textOf(random, 20)}>\r\nRCPT TO:<${textOf(random, 20)}>\r\nDATA\r\n${textOf(random, 100)}\r\n.\r\nQUIT\r\n`,
};
const KIND_NAMES = Object.keys(KINDS);
/** Targets and hosts are what a web page can send: half of all requests. */
const TARGETS_AND_HOSTS = ['request target', 'host'];

/**
 * Makes a request that no listener should serve, or that is broken. It never changes the state of the stack on purpose.
 * @param hosts hosts that the listener knows
 */
export function brokenRequest(random: SeededRandom, hosts: readonly string[]): BrokenRequest {
  const kind = random.pick(random.next() < 0.5 ? TARGETS_AND_HOSTS : KIND_NAMES);
  const made = KINDS[kind]?.(random, hosts) ?? '';
  return { kind, bytes: Buffer.from(made as string, 'latin1'), reset: random.next() < 0.1 };
}

function requestOf(options: {
  method?: string;
  target: string;
  host: string;
  headers?: readonly string[];
  body?: string;
  close?: boolean;
}): string {
  const { method = 'GET', target, host, headers = [], body = '', close = true } = options;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...(close ? ['Connection: close'] : []),
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function targetOf(random: SeededRandom): string {
  const chance = random.next();
  if (chance < 0.5) return random.pick(TARGETS);
  if (chance < 0.75) return `/${textOf(random, MAX_TARGET_CHARACTERS)}`;
  return textOf(random, MAX_TARGET_CHARACTERS);
}

const PIECES = [
  '/',
  '//',
  '%',
  '%2',
  '%zz',
  '%00',
  '%c3%28',
  '?',
  '&',
  '=',
  '#',
  ':',
  '@',
  '[',
  ']',
  '\\',
  '..',
  ' ',
  '\t',
];

/** Characters that parsers stumble over, between ordinary ones. */
function textOf(random: SeededRandom, maxCharacters: number): string {
  let text = '';
  const length = random.below(maxCharacters);
  while (text.length < length) {
    text += random.next() < 0.5 ? random.pick(PIECES) : String.fromCharCode(random.below(256));
  }
  return text;
}

function bytesOf(random: SeededRandom, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** A frame (RFC 9113, section 4.1) with a known type more often than not, and any content. */
function frameOf(random: SeededRandom): Buffer {
  const payload = bytesOf(random, random.below(MAX_FRAME_BYTES));
  const announced = random.next() < 0.8 ? payload.length : random.below(2 ** 24);
  const head = Buffer.alloc(9);
  head.writeUIntBE(announced, 0, 3);
  head[3] = random.below(12);
  head[4] = random.below(256);
  head.writeUInt32BE(random.next() < 0.5 ? random.below(8) : random.below(2 ** 32), 5);
  return Buffer.concat([head, payload]);
}
