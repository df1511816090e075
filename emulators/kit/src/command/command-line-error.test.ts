import assert from 'node:assert/strict';
import { CommandLineError } from './command-line-error.ts';

describe('CommandLineError', () => {
  it('has one problem a line, then the hint', () => {
    assert.equal(new CommandLineError(['one', 'two']).message, 'one\ntwo');
    const { message, problems, code } = new CommandLineError(['one', 'two'], 'See --help.');
    assert.equal(message, 'one\ntwo\nSee --help.');
    assert.deepEqual(problems, ['one', 'two']);
    assert.equal(code, 'BAD_COMMAND_LINE');
  });
});
