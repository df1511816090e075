import assert from 'node:assert/strict';
import { CommandLineError } from '@waybill/emulator-kit';
import { CLOCK_HELP, readClockArguments } from './read-clock-arguments.ts';

const read = (...args: string[]) => readClockArguments(args, {});

describe('readClockArguments()', () => {
  it('reads the commands that the help names', () => {
    assert.deepEqual(read('now'), { command: 'now', dataDir: '.waybill' });
    assert.deepEqual(read('advance', '1d12h', '--data-dir=x'), {
      command: 'advance',
      dataDir: 'x',
      advanceMs: 129_600_000,
    });
    for (const command of ['now', 'advance 24h']) assert.ok(CLOCK_HELP.includes(command));
  });

  it('helps where it is asked to, or for nothing', () => {
    assert.deepEqual(read(), { command: 'help' });
    assert.deepEqual(read('advance', '1h', '--help'), { command: 'help' });
  });

  const DURATION = 'A length of time must be like 90s, 15m, 23h, 2d or 1d12h, from 1s to 366d, got';
  const wrong: readonly [args: string[], problem: string][] = [
    [['advance'], 'advance needs a length of time, as in npm run clock -- advance 24h'],
    [
      ['advance', '-1h'],
      `The clock goes ahead only, got "-1h"; npm start -- --fresh begins anew, at the machine's time`,
    ],
    [['advance', '1d', '12h'], 'advance takes one length of time, written together like 1d12h, got "1d 12h"'],
    [['advance', '24'], `${DURATION} "24"`],
    [['advance', '0s'], `${DURATION} "0s"`],
    [['now', 'please'], 'now takes nothing more, got "please"'],
    [['24h'], '"24h" is not known: there are now and advance, as in npm run clock -- advance 24h'],
    [['now', '--data-dir'], '--data-dir needs a value'],
    [['now', '--data-dir='], '--data-dir needs a value'],
    [['now', '-x'], '-x is not known; there are --data-dir, --help'],
  ];
  for (const [args, problem] of wrong) {
    it(`says what is wrong with "${args.join(' ')}"`, () => {
      assert.throws(
        () => read(...args),
        (error) => error instanceof CommandLineError && error.message === problem,
      );
    });
  }

  it('names every problem at once', () => {
    assert.throws(() => readClockArguments(['advance'], { npm_config_data_dir: 'x' }), {
      problems: [
        'npm kept --data-dir for itself: write -- before the flags',
        'advance needs a length of time, as in npm run clock -- advance 24h',
      ],
    });
  });
});
