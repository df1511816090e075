// Stops with the fix where Node is too old to run TypeScript by itself. Plain JavaScript, so that an old
// Node can read it. On Linux x64 and arm64 `npm ci` brings Node 24 along and `npm run` finds it first.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `Waybill needs Node 24 or newer, and this is Node ${process.versions.node} on ${process.platform} ${process.arch}.\n` +
      (process.platform === 'linux'
        ? 'On Linux x64 and arm64 npm brings it along: run `npm ci` again, without --omit=optional.'
        : 'Install Node 24 (https://nodejs.org/en/download) and run the command again.') +
      '\n',
  );
  process.exit(1);
}
