import assert from 'node:assert/strict';
import { readTrace } from './trace.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const hex = (byteCount: number) => 'ab'.repeat(byteCount);

describe('readTrace()', () => {
  it("reads Google's header, its span a decimal number", () => {
    assert.deepEqual(readTrace({ 'x-cloud-trace-context': `${TRACE_ID}/18446744073709551615;o=1` }, hex), {
      traceId: TRACE_ID,
      spanId: 'ffffffffffffffff',
      sampled: true,
      traceparent: `00-${TRACE_ID}-ffffffffffffffff-01`,
    });
  });

  it("reads Google's header without span and options", () => {
    assert.deepEqual(readTrace({ 'x-cloud-trace-context': TRACE_ID.toUpperCase() }, hex), {
      traceId: TRACE_ID,
      sampled: false,
      traceparent: `00-${TRACE_ID}-abababababababab-00`,
    });
  });

  it('reads traceparent', () => {
    const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
    assert.deepEqual(readTrace({ traceparent }, hex), {
      traceId: TRACE_ID,
      spanId: '00f067aa0ba902b7',
      sampled: true,
      traceparent,
    });
  });

  it("prefers Google's header: App Engine's request log is joined by it", () => {
    const trace = readTrace(
      { 'x-cloud-trace-context': `${TRACE_ID}/1`, traceparent: `00-${hex(16)}-00f067aa0ba902b7-01` },
      hex,
    );
    assert.equal(trace.traceId, TRACE_ID);
  });

  for (const [name, headers] of Object.entries({
    'no header': {},
    'a header that is none': { 'x-cloud-trace-context': 'x', traceparent: '00-x' },
    'a trace of zeros': { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
    'a span of zeros': { traceparent: `00-${TRACE_ID}-${'0'.repeat(16)}-01` },
    'version ff': { traceparent: `ff-${TRACE_ID}-00f067aa0ba902b7-01` },
  })) {
    it(`starts a trace for ${name}`, () => {
      assert.deepEqual(readTrace(headers, hex), {
        traceId: hex(16),
        sampled: false,
        traceparent: `00-${hex(16)}-${hex(8)}-00`,
      });
    });
  }

  it('drops a span number that 64 bits cannot hold', () => {
    const trace = readTrace({ 'x-cloud-trace-context': `${TRACE_ID}/18446744073709551616` }, hex);
    assert.equal(trace.traceId, TRACE_ID);
    assert.equal(trace.spanId, undefined);
  });
});
