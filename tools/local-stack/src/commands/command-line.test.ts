import assert from 'node:assert/strict';
import { CommandLineError } from '@waybill/emulator-kit';
import { reportFailure } from './command-line.ts';

describe('reportFailure()', () => {
  let written: string;
  const write = (text: string): void => {
    written += text;
  };
  beforeEach(() => {
    written = '';
  });

  it('names the problems of a command line and where there is help, with exit code 2', () => {
    assert.equal(reportFailure(new CommandLineError(['one', 'two']), write, 'npm run x -- --help'), 2);
    assert.equal(written, 'one\ntwo\nnpm run x -- --help tells more\n');
  });

  it('tells any other failure, with exit code 1', () => {
    assert.equal(reportFailure(new Error('No stack runs'), write, 'npm run x -- --help'), 1);
    assert.equal(written, 'No stack runs\n');
  });
});
