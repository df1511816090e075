import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HELP } from '../src/command-line.ts';
import { startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { readmeSnippet, readmeTable } from './support/readme.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const run = promisify(execFile);
const REGISTER = '@waybill/cloud-tasks-emulator/register';
/** These are no settings, so the environment has none of them. */
const COMMANDS = ['--help', '--version'];
const OTHER_VARIABLES: Readonly<Record<string, string>> = { '--allow-host': 'EMULATOR_ALLOW_HOST' };

/** All texts in backquotes of a cell that begin so. */
function codes(cell: string | undefined, start: RegExp): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)]
    .map(([, text]) => text ?? '')
    .filter((text) => start.test(text));
}

describe('README.md', () => {
  it('lists each flag of --help, with its value and its variable', () => {
    const shown = [...HELP.matchAll(/^ {2}(--[a-z-]+(?: (?:'[^']*'|[A-Z]+))?)(?= |$)/gm)].map(
      ([, flag]) => flag ?? '',
    );
    const rows = readmeTable('Flags and environment');
    const documented = rows.flatMap(([flag]) => codes(flag, /^--/));
    assert.ok(shown.length > 20);
    assert.deepEqual(documented.toSorted(), shown.toSorted());
    for (const [flag, variable] of rows) {
      for (const name of codes(flag, /^--/).map((text) => text.split(' ')[0] ?? '')) {
        const expected =
          OTHER_VARIABLES[name] ?? `CLOUD_TASKS_EMULATOR_${name.slice(2).toUpperCase().replaceAll('-', '_')}`;
        assert.equal(variable, COMMANDS.includes(name) ? '' : `\`${expected}\``);
      }
    }
  });

  describe('with an emulator', () => {
    let receiver: Receiver;
    let test: TestEmulator;

    before(async () => {
      receiver = await startReceiver();
      const list = [{ name: 'my-queue', settings: {} }];
      test = await startTestEmulator({ queues: { project: 'local', location: 'us-central1', list } });
    });
    after(async () => {
      await test.close();
      await receiver.close();
    });

    const address = (): string => `127.0.0.1:${test.emulator.port}`;
    const runSnippet = async (heading: string): Promise<string> => {
      const snippet = readmeSnippet({
        heading,
        language: 'js',
        address: address(),
        handlerUrl: receiver.url,
      });
      const args = ['--no-warnings', '--import', REGISTER, '--input-type=module', '--eval', snippet];
      const { stdout } = await run(process.execPath, args, {
        cwd: join(import.meta.dirname, '..'),
        env: { ...process.env, CLOUD_TASKS_EMULATOR_HOST: address() },
      });
      return stdout.trim();
    };

    it('lists each control route', async () => {
      const response = await fetch(`http://${address()}/emulator/none`);
      const { title } = (await response.json()) as { title: string };
      const routes = title.split('there are: ')[1]?.split(', ') ?? [];
      const documented = readmeTable('Control API').flatMap(([route]) => codes(route, /^[A-Z]+ /));
      assert.ok(routes.length > 8);
      assert.deepEqual(documented.toSorted(), routes.toSorted());
    });

    it('has a test in Node that passes', async () => {
      assert.equal(await runSnippet('In a test'), '200');
    });

    it('has a program in Node that creates a task through register', async () => {
      const before = receiver.received.length;
      assert.match(
        await runSnippet('Node'),
        /^projects\/local\/locations\/us-central1\/queues\/my-queue\/tasks\/\d+$/,
      );
      await test.emulator.whenIdle();
      assert.deepEqual(
        receiver.received.slice(before).map(({ path, body }) => [path, body.toString()]),
        [['/work', 'hello']],
      );
    });
  });
});
