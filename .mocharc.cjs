// Shared by every workspace (`mocha --config ../../.mocharc.cjs`, run in the workspace's folder).
const { join, relative } = require('node:path');

const MIN_NODE_MAJOR = 24;

// On an older Node the tests' TypeScript would end in a syntax error far from its cause.
if (Number(process.versions.node.split('.')[0]) < MIN_NODE_MAJOR) {
  const workspace = relative(__dirname, process.cwd());
  const files = process.argv.slice(2).filter((argument) => argument.endsWith('.test.ts'));
  const command = [
    'npm test',
    ...(workspace === '' || workspace.startsWith('..') ? [] : ['-w', workspace]),
    ...(files.length === 0 ? [] : ['--', ...files]),
  ].join(' ');
  process.stderr.write(
    `Waybill's tests need Node ${MIN_NODE_MAJOR}, and this is Node ${process.versions.node}: run "${command}"\n`,
  );
  process.exit(1);
}

// Google's clients look for a metadata server when they start. Tests talk to loopback alone.
process.env.METADATA_SERVER_DETECTION = 'none';
process.env.GCE_METADATA_HOST = '127.0.0.1:9';

// A file named on the command line is run alone; mocha would add it to all the others.
const named = process.argv.slice(2).some((argument) => argument.endsWith('.test.ts'));

module.exports = {
  spec: named ? [] : ['{src,test}/**/*.test.ts'],
  reporter: join(__dirname, 'scripts/mocha-reporter.mjs'),
  // Against hangs only: no test may depend on how fast the machine is, and two suites share it with whatever else runs.
  timeout: 60_000,
  forbidOnly: true,
};
