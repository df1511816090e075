// `npm run test:samples -w emulators/app-engine -- FOLDER`: starts samples of Google's nodejs-docs-samples as they are, in copies.
// The folder is a checkout of that repository. The samples' packages are installed with npm, from the network.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, send } from '../http-client.ts';
import { runEmulator } from '../run-emulator.ts';

interface Sample {
  /** Folder of the app.yaml in the repository. */
  readonly folder: string;
  readonly appYaml?: string;
  /** Paths and a pattern of what each answers. */
  readonly answers: Readonly<Record<string, RegExp>>;
}

const SAMPLES: readonly Sample[] = [
  { folder: 'appengine/hello-world/standard', answers: { '/': /Hello/ } },
  { folder: 'appengine/building-an-app/update', answers: { '/': /Hello/, '/submit': /<form/ } },
  { folder: 'appengine/typescript', answers: { '/': /Hello TypeScript/ } },
  {
    folder: 'appengine/static-files',
    appYaml: 'app.standard.yaml',
    answers: { '/': /<html/, '/static/main.css': /\{/ },
  },
  { folder: 'cloud-tasks/tutorial-gcf/app', answers: { '/': /<html/i, '/static/index.css': /\{/ } },
];

const [repository] = process.argv.slice(2);
if (repository === undefined || !existsSync(join(repository, SAMPLES[0]?.folder ?? ''))) {
  process.stdout.write(
    `SKIPPED, nothing was tested: give the folder of a checkout of GoogleCloudPlatform/nodejs-docs-samples${
      repository === undefined ? '' : `; ${repository} is none`
    }\n`,
  );
} else {
  for (const sample of SAMPLES) await tryInACopy(repository, sample);
}

async function tryInACopy(from: string, { folder, appYaml = 'app.yaml', answers }: Sample): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'sample-'));
  try {
    cpSync(join(from, folder), copy, { recursive: true });
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error'], {
      cwd: copy,
      stdio: 'inherit',
    });
    await checkAnswers(join(copy, appYaml), answers);
    process.stdout.write(`✔ ${folder}\n`);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function checkAnswers(appYaml: string, answers: Sample['answers']): Promise<void> {
  const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const emulator = await runEmulator({ services: [{ appYaml }], environment });
  emulator.events.on('warning', ({ message }) => process.stdout.write(`  ${message}\n`));
  try {
    await emulator.whenReady();
    for (const [path, pattern] of Object.entries(answers)) {
      const answer: Answer = await send(emulator.port, { path });
      assert.equal(answer.status, 200, `${path}: ${answer.body}`);
      assert.match(answer.body, pattern);
    }
  } finally {
    await emulator.close();
  }
}
