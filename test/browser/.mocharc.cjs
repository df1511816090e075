// What takes a real browser, or long: `npm run test:browser`. It is apart from `npm test`, for not every machine has a
// browser, nor minutes to fill a store.
process.env.CONSOLE_TEST_TASKS ??= '100000';

module.exports = {
  ...require('../../.mocharc.cjs'),
  spec: ['browser/**/*.test.ts', '../apps/console/test/many-tasks.test.ts'],
  timeout: 60_000,
};
