import assert from 'node:assert/strict';
import { CommandLineError } from '@waybill/emulator-kit';
import { readMailArguments } from './read-mail-arguments.ts';

const read = (...args: string[]) => readMailArguments(args, {});

describe('readMailArguments()', () => {
  it('lists, shows and helps', () => {
    assert.deepEqual(read(), { command: 'list', dataDir: '.waybill' });
    assert.deepEqual(read('--data-dir', 'x', 'show', '12'), { command: 'show', dataDir: 'x', number: 12 });
    assert.deepEqual(read('--help'), { command: 'help' });
  });

  const NUMBER = 'show takes one number of a mail, from 1 as npm run mail lists them, got';
  const wrong: readonly [args: string[], problem: string][] = [
    [['show'], 'show needs the number of a mail, as npm run mail lists them: npm run mail -- show 1'],
    [['show', '0'], `${NUMBER} "0"`],
    [['show', '-1'], `${NUMBER} "-1"`],
    [['show', 'last'], `${NUMBER} "last"`],
    [['show', '1', '2'], `${NUMBER} "1 2"`],
    [
      ['2'],
      '"2" is not known: there is show, as in npm run mail -- show 1; npm run mail alone lists the mails',
    ],
    [['--all'], '--all is not known; there are --data-dir, --help'],
  ];
  for (const [args, problem] of wrong) {
    it(`says what is wrong with "${args.join(' ')}"`, () => {
      assert.throws(
        () => read(...args),
        (error) => error instanceof CommandLineError && error.message === problem,
      );
    });
  }
});
