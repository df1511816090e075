// The suites that install, start and upload real stages: `npm run test:rehearsal`. One after the other, and slow.
module.exports = {
  ...require('../../.mocharc.cjs'),
  spec: ['test-rehearsal/**/*.test.ts'],
  timeout: 420_000,
};
