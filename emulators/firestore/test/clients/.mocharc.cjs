// Official clients in four languages: `npm run test:clients`. It is apart from `npm test`, for it installs them.
module.exports = {
  ...require('../../../../.mocharc.cjs'),
  spec: ['test/clients/**/*.clients.ts'],
  timeout: 1_200_000,
};
