import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ClientPrograms, installClients, runLine, skipWithout } from '@waybill/emulator-kit/testing';
import { startTestEmulator, type TestEmulator } from '../support/emulator.ts';
import { readmeSnippet } from '../support/readme.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { programsIn } from './client-program.ts';

const NAME = /^projects\/local\/locations\/us-central1\/queues\/my-queue\/tasks\/\d+$/;

/** A program of the README. */
interface Recipe {
  readonly heading: string;
  /** The language of the clients that it needs. */
  readonly clients: string;
  readonly fence: string;
  /** Where the program is put, in a copy of the clients' folder. */
  readonly file: string;
  /** Runs it, in that copy. */
  line(programs: ClientPrograms, file: string): readonly [string, ...string[]];
}

const RECIPES: readonly Recipe[] = [
  {
    heading: 'Python',
    clients: 'Python',
    fence: 'python',
    file: 'recipe.py',
    line: ({ callAll }, file) => [callAll[0], file],
  },
  { heading: 'Go', clients: 'Go', fence: 'go', file: 'main.go', line: () => ['go', 'run', '.'] },
  {
    heading: 'Java',
    clients: 'Java',
    fence: 'java',
    file: 'CreateTask.java',
    line: ({ callAll }, file) => ['java', ...callAll.slice(1, 3), file],
  },
  {
    heading: 'Rust',
    clients: 'Rust',
    fence: 'rust',
    file: 'examples/recipe.rs',
    line: ({ install }) => [
      'cargo',
      'run',
      '-q',
      '--locked',
      install[0]?.find((word) => word.startsWith('--target-dir')) ?? '--frozen',
      '--example',
      'recipe',
    ],
  },
  {
    heading: 'firebase-admin',
    clients: 'Node',
    fence: 'js',
    file: 'recipe.mjs',
    line: (_programs, file) => [process.execPath, file],
  },
  {
    heading: 'firebase-admin',
    clients: 'Python',
    fence: 'python',
    file: 'recipe.py',
    line: ({ callAll }, file) => [callAll[0], file],
  },
];

describe('the recipes of README.md', () => {
  let folder: string;
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'recipe-'));
    receiver = await startReceiver();
    const list = [{ name: 'my-queue', settings: {} }];
    const queues = { project: 'local', location: 'us-central1', list };
    test = await startTestEmulator({ queues, functionsUrl: receiver.url });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
    rmSync(folder, { recursive: true });
  });

  const address = (): string => `127.0.0.1:${test.emulator.port}`;
  const snippet = (heading: string, language: string): string =>
    readmeSnippet({ heading, language, address: address(), handlerUrl: receiver.url });

  for (const { heading, clients, fence, file, line } of RECIPES) {
    it(`${heading} in ${fence} creates a task that its handler gets`, async function () {
      const programs = programsIn(clients, this);
      await installClients(programs);
      cpSync(programs.folder, folder, { recursive: true });
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, snippet(heading, fence));
      const printed = await runLine(line(programs, path), folder, { CLOUD_TASKS_EMULATOR_HOST: address() });
      const [delivered] = await receiver.waitFor(1);
      if (heading === 'firebase-admin') {
        assert.equal(delivered?.path, '/local/us-central1/my-queue');
        assert.deepEqual(JSON.parse(delivered?.body.toString() ?? ''), { data: { size: 1 } });
      } else {
        assert.match(printed.join('\n'), NAME);
        assert.deepEqual([delivered?.path, delivered?.body.toString()], ['/work', 'hello']);
      }
    });
  }

  it('gcloud creates a task that its handler gets', async function () {
    skipWithout(['gcloud', 'bash'], 'the recipe of gcloud', this);
    await runLine(['bash', '-e', '-c', snippet('gcloud', 'sh')], folder, {
      CLOUDSDK_CONFIG: folder,
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    });
    const [delivered] = await receiver.waitFor(1);
    assert.deepEqual([delivered?.path, delivered?.body.toString()], ['/work', 'hello']);
  });

  it('curl creates a task that its handler gets', async function () {
    skipWithout(['curl', 'bash'], 'the recipe of curl', this);
    await runLine(['bash', '-e', '-c', snippet('REST, without a client', 'sh')], folder);
    const [delivered] = await receiver.waitFor(1);
    assert.equal(delivered?.path, '/work');
  });
});
