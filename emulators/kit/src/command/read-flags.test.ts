import assert from 'node:assert/strict';
import type { ParseArgsOptionsConfig } from 'node:util';
import { readFlags } from './read-flags.ts';

const FLAGS = {
  port: { type: 'string', default: '80' },
  header: { type: 'string', multiple: true, default: [] },
  fresh: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;
const KNOWN = '--port, --header, --fresh';

describe('readFlags()', () => {
  it('reads flags and positionals, and fills in defaults', () => {
    const args = ['a', '--header', 'x', '--fresh', '--header=-y', '--', '--port'];
    const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
    assert.deepEqual({ ...values }, { port: '80', header: ['x', '-y'], fresh: true });
    assert.deepEqual(positionals, ['a', '--port']);
    assert.deepEqual(problems, []);
  });

  it('names every problem at once, and reads the rest', () => {
    const args = ['--prot', '--fresh=yes', '--header', 'x', 'extra', '-1h', '--port'];
    const { values, positionals, problems } = readFlags(args, FLAGS);
    assert.deepEqual({ ...values }, { port: '80', header: ['x'], fresh: false });
    assert.deepEqual(positionals, []);
    assert.deepEqual(problems, [
      `Unknown option '--prot'; there are ${KNOWN}`,
      "Option '--fresh' does not take an argument",
      "Unexpected argument 'extra'",
      `Unknown option '-1'; there are ${KNOWN}`,
      "Option '--port <value>' argument missing",
    ]);
  });

  it('does not take the next flag for a value', () => {
    const { values, problems } = readFlags(['--port', '--fresh'], FLAGS);
    assert.equal(values.port, '80');
    assert.deepEqual(problems, [
      "Option '--port' argument is ambiguous.\nDid you forget to specify the option argument for '--port'?",
    ]);
  });

  it('lets a command word the problems', () => {
    const args = ['--prot', '--port', '--fresh', '--fresh=yes', 'extra', '-1h'];
    const { problems } = readFlags(args, FLAGS, {
      describe: ({ kind, name, value }, knownFlags) => [kind, name, value, knownFlags].join('|'),
    });
    assert.deepEqual(problems, [
      `unknown flag|--prot||${KNOWN}`,
      `value missing|--port||${KNOWN}`,
      `value not expected|--fresh|yes|${KNOWN}`,
      `positional not expected|extra||${KNOWN}`,
      `unknown flag|-1||${KNOWN}`,
    ]);
  });
});
