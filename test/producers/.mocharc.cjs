// Producers in other languages: `npm run test:producers`. It is apart from `npm test`, for it installs their clients.
module.exports = {
  ...require('../../.mocharc.cjs'),
  spec: ['producers/**/*.test.ts'],
  timeout: 600_000,
};
