import assert from 'node:assert/strict';
import { traceHeaders } from './trace-headers.ts';

const traceId = '105445aa7843bc8bf206b12000100000';
const traceparent = `00-${traceId}-00000000000000ff-01`;

/** What a service gets of a request's trace: X-Cloud-Trace-Context and traceparent. */
function traces(...headers: [string, string][]): (string | undefined)[] {
  const result = traceHeaders(headers);
  assert.deepEqual([result.length, result[0], result[2]], [4, 'X-Cloud-Trace-Context', 'traceparent']);
  return [result[1], result[3]];
}

describe('traceHeaders()', () => {
  it("makes W3C's of Google's, and the other way", () => {
    assert.deepEqual(traces(['X-Cloud-Trace-Context', `${traceId}/255;o=1`]), [
      `${traceId}/255;o=1`,
      traceparent,
    ]);
    assert.deepEqual(traces(['Traceparent', traceparent]), [`${traceId}/255;o=1`, traceparent]);
    const unsampled = traceparent.replace(/01$/, '00');
    assert.deepEqual(traces(['traceparent', unsampled]), [`${traceId}/255;o=0`, unsampled]);
  });

  it('keeps both where both are valid, the first of several', () => {
    const other = `00-${'ab'.repeat(16)}-00000000000000ff-00`;
    assert.deepEqual(
      traces(
        ['x-cloud-trace-context', `${traceId}/1`],
        ['x-cloud-trace-context', `${traceId}/2`],
        ['traceparent', other],
        ['traceparent', traceparent],
      ),
      [`${traceId}/1`, other],
    );
  });

  it('finds a span where the trace has none', () => {
    for (const value of [traceId, `${traceId}/0`]) {
      const [, made] = traces(['X-Cloud-Trace-Context', value]);
      assert.match(made ?? '', new RegExp(`^00-${traceId}-(?!0{16})[0-9a-f]{16}-00$`), value);
    }
  });

  const bad: [string, string][] = [
    ['X-Cloud-Trace-Context', ''],
    ['X-Cloud-Trace-Context', 'nonsense'],
    ['X-Cloud-Trace-Context', '0'.repeat(32)],
    ['X-Cloud-Trace-Context', `${traceId}/x`],
    ['traceparent', traceparent.replace(/^00/, 'ff')],
    ['traceparent', `00-${'0'.repeat(32)}-00000000000000ff-01`],
    ['traceparent', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['traceparent', traceparent.toUpperCase().replace('105445AA', '105445AG')],
  ];
  for (const [name, value] of bad) {
    it(`begins a trace in place of ${name}: ${value || 'nothing'}`, () => {
      const [cloudTrace, made] = traces([name, value]);
      const [, madeId, span] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-00$/.exec(made ?? '') ?? [];
      assert.notEqual(madeId, traceId);
      assert.equal(cloudTrace, `${madeId}/${BigInt(`0x${span}`)};o=0`);
    });
  }
});
