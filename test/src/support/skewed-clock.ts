// Loaded into services before their own code (`node --import`): the machine of the service that SKEWED_SERVICE names has a
// clock that is SKEW_MS off.
const { SKEWED_SERVICE, SKEW_MS = '0', GAE_SERVICE } = process.env;

if (GAE_SERVICE !== undefined && GAE_SERVICE === SKEWED_SERVICE) {
  const skewMs = Number(SKEW_MS);
  const RealDate = Date;
  class SkewedDate extends RealDate {
    constructor(...parts: [] | [number | string | Date] | [number, number, ...number[]]) {
      if (parts.length === 0) super(RealDate.now() + skewMs);
      else super(...(parts as [number]));
    }

    static override now(): number {
      return RealDate.now() + skewMs;
    }
  }
  globalThis.Date = SkewedDate as DateConstructor;
  const now = new Date().toISOString();
  process.stdout.write(
    `${JSON.stringify({ severity: 'INFO', message: 'clock skewed', event: 'clock.skewed', now })}\n`,
  );
}
