import assert from 'node:assert/strict';
import { generateKeyPair } from 'jose';
import { type ConsoleTestBed, OPERATOR, startConsoleTestBed, VIEWER } from '../../test/console-test-bed.ts';

describe('who may come in, behind Identity-Aware Proxy', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  before(async () => {
    bed = await startConsoleTestBed();
  });
  after(() => bed.close());

  const unsigned = (header: object, payload: object): string =>
    [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const claims = {
    email: OPERATOR,
    sub: '1',
    aud: '/projects/1/apps/test-bed',
    iss: 'https://cloud.google.com/iap',
    iat: Math.floor(Date.now() / 1_000),
    exp: Math.floor(Date.now() / 1_000) + 600,
  };

  it('is who is on a list', async () => {
    for (const [as, role] of [
      [OPERATOR, 'operator'],
      [VIEWER, 'viewer'],
      ['ADA@example.com', 'operator'],
      ['kim@example.com', 'operator'],
    ] as const) {
      const { status, text } = await bed.get('/contracts', { as });
      assert.equal(status, 200);
      assert.match(text, new RegExp(`<span class="role">${role}</span>`));
    }
  });

  const forgeries: [string, () => Promise<string | null>][] = [
    ['no assertion', async () => null],
    ['an empty one', async () => ''],
    ['no token at all', async () => 'ada@example.com'],
    ['an address on no list', () => bed.iap.assert('eve@example.com')],
    ['an address with the Kelvin sign for its k', () => bed.iap.assert('\u212Aim@example.com')],
    ['one of the next minutes', () => bed.iap.assert(OPERATOR, { issuedSecondsAgo: -120 })],
    ['an expired one', () => bed.iap.assert(OPERATOR, { issuedSecondsAgo: 700 })],
    ['one for another app', () => bed.iap.assert(OPERATOR, { audience: '/projects/2/apps/other' })],
    ['one of another issuer', () => bed.iap.assert(OPERATOR, { issuer: 'https://accounts.google.com' })],
    ['one without an address', () => bed.iap.assert(OPERATOR, { leaveOut: 'email' })],
    ['one that never expires', () => bed.iap.assert(OPERATOR, { leaveOut: 'exp' })],
    [
      'one signed by another key',
      async () => bed.iap.assert(OPERATOR, { key: (await generateKeyPair('ES256')).privateKey }),
    ],
    ['one signed by a key that is not published', () => bed.iap.assert(OPERATOR, { kid: 'k2' })],
    ['one without a signature (alg none)', async () => `${unsigned({ alg: 'none' }, claims)}.`],
    [
      'one that chooses a shared secret (alg HS256)',
      async () => `${unsigned({ alg: 'HS256', kid: 'k1' }, claims)}.AAAA`,
    ],
    [
      'one with claims exchanged under a right signature',
      async () => {
        const [header, , signature] = (await bed.iap.assert(VIEWER)).split('.');
        return `${header}.${unsigned({}, claims).split('.')[1]}.${signature}`;
      },
    ],
  ];
  for (const [what, assertion] of forgeries) {
    it(`is nobody with ${what}, on pages, in the API and for what changes something`, async () => {
      const request = { assertion: await assertion() };
      const responses = [
        await bed.get('/', request),
        await bed.get('/api/tasks', request),
        await bed.api('/api/queues/letters/pause', { why: 'x' }, request),
        await bed.post('/queues/letters/pause', { why: 'x' }, request),
      ];
      for (const { status, text, headers } of responses) {
        assert.equal(status, 403);
        assert.equal(JSON.parse(text).code, 'ACCESS_DENIED');
        assert.match(headers.get('Content-Security-Policy') ?? '', /frame-ancestors 'none'/);
      }
    });
  }

  it('is logged at WARNING where it is nobody, with the reason and who the assertion says it is', async () => {
    for (const [assertion, reason, claimedIdentity] of [
      [await bed.iap.assert('eve@example.com'), /neither an operator’s nor a viewer’s/, 'eve@example.com'],
      [await bed.iap.assert(OPERATOR, { issuedSecondsAgo: 700 }), /does not hold: .*"exp"/, OPERATOR],
      [
        await bed.iap.assert('a\n\u001b[2Jb@example.com', { kid: 'k2' }),
        /does not hold/,
        'a\\u{a}\\u{1b}[2Jb@example.com',
      ],
      [null, /no assertion/, 'none'],
    ] as const) {
      await bed.get('/', { assertion });
      const line = bed.logs.findLast(({ message }) => message === 'request refused');
      assert.partialDeepStrictEqual(line, { severity: 'WARNING', code: 'ACCESS_DENIED', claimedIdentity });
      assert.match(String(line?.['reason']), reason);
    }
    await bed.post('/queues/letters/pause', { why: 'x' }, { as: VIEWER });
    assert.partialDeepStrictEqual(
      bed.logs.findLast(({ message }) => message === 'request refused'),
      { severity: 'WARNING', code: 'ROLE_MISSING', claimedIdentity: VIEWER },
    );
    await bed.post('/queues/letters/pause', { why: 'x' }, { token: 'x' });
    assert.partialDeepStrictEqual(
      bed.logs.findLast(({ message }) => message === 'request refused'),
      { severity: 'WARNING', code: 'FORM_FORGED', claimedIdentity: OPERATOR },
    );
  });

  it('is not told apart by the address that IAP’s unsigned header names', async () => {
    const headers = { 'x-goog-authenticated-user-email': `accounts.google.com:${OPERATOR}` };
    assert.equal((await bed.get('/', { assertion: null, headers })).status, 403);
  });

  it('can be asked for its health by anybody', async () => {
    assert.equal((await bed.get('/healthz', { assertion: null })).status, 200);
  });
});
