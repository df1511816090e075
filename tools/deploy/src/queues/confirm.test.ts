import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { confirm } from './confirm.ts';

describe('confirm()', () => {
  const ask = async (
    act: (input: PassThrough, stopping: AbortController) => void,
  ): Promise<{ agreed: boolean; shown: string }> => {
    const input = new PassThrough();
    // A terminal, as far as readline can tell: only there does Ctrl-C arrive as a character.
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const stopping = new AbortController();
    const answer = confirm('Apply? [y/N] ', { input, output, stopping: stopping.signal });
    act(input, stopping);
    return { agreed: await answer, shown: String(output.read()) };
  };

  it('takes y and yes for yes, and shows the question', async () => {
    for (const answer of ['y', 'Y', 'yes', ' YES ']) {
      const { agreed, shown } = await ask((input) => input.write(`${answer}\n`));
      assert.equal(agreed, true, answer);
      assert.match(shown, /Apply\? \[y\/N\] /);
    }
  });

  it('takes everything else for no', async () => {
    for (const answer of ['', 'n', 'no', 'yep', 'ja']) {
      assert.equal((await ask((input) => input.write(`${answer}\n`))).agreed, false, answer);
    }
  });

  it('takes Ctrl-C, the end of the input, and a signal for no', async () => {
    assert.equal((await ask((input) => input.write('\u0003'))).agreed, false);
    assert.equal((await ask((input) => input.end())).agreed, false);
    assert.equal((await ask((_input, stopping) => stopping.abort())).agreed, false);
  });
});
