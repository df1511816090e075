// The suite in a real browser: `npm run test:browser`. It is apart from `npm test`, for not every machine has a browser.
module.exports = {
  ...require('../../.mocharc.cjs'),
  spec: ['browser/**/*.test.ts'],
  timeout: 60_000,
};
