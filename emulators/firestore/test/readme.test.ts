import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

const ROOT = join(import.meta.dirname, '../../..');
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');

/** The program in the page that begins with these words. */
function snippet(info: string): string {
  const [, program] = new RegExp(`^\`\`\`${info}\n(.*?)^\`\`\``, 'ms').exec(README) ?? [];
  return program ?? assert.fail(`The page has no program "${info}"`);
}

describe('the programs of README.md', () => {
  let folder: string;
  let fixture: Fixture;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'readme-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    fixture = await startFixture();
  });
  after(async () => {
    await fixture.close();
    rmSync(folder, { recursive: true });
  });

  async function run(
    file: string,
    program: string,
    args: readonly string[] = [],
    host?: string,
  ): Promise<string> {
    writeFileSync(join(folder, file), program);
    const { stdout } = await promisify(execFile)(process.execPath, [...args, file], {
      cwd: folder,
      env: {
        ...process.env,
        FIRESTORE_EMULATOR_HOST: host,
        METADATA_SERVER_DETECTION: 'none',
      },
    });
    return stdout;
  }

  it('start an emulator in the process', async () => {
    const stdout = await run('in-process.mjs', snippet('js in-process'));
    assert.match(stdout, /'projects\/demo\/databases\/\(default\)': \{ 'cities\/zurich'/);
  });

  it('name a file that is a Vitest environment', async () => {
    const program = snippet('js vitest').replace('export default', 'const config =');
    const show = 'console.log((await import(config.test.environment)).default.name);';
    assert.equal(await run('vitest.config.mjs', `${program}${show}`), 'firestore-emulator\n');
  });

  it('call it over REST', async () => {
    await run('rest.mjs', snippet('js node-rest'), [], `127.0.0.1:${fixture.port}`);
    const found = await fixture.client({ projectId: 'demo' }).doc('cities/bern').get();
    assert.equal(found.get('people'), 140_000);
  });

  it('have an emulator for a file of mocha', async () => {
    const host = `127.0.0.1:${fixture.port}`;
    assert.match(await run('cities.test.mjs', snippet('js mocha'), [MOCHA], host), /1 passing/);
    const others = await fixture.client({ projectId: 'demo' }).doc('cities/zurich').get();
    assert.equal(others.exists, false);
  });

  it('have one emulator for a run of mocha', async () => {
    const program = snippet('js mocha').replace(/^.*useFirestoreEmulator.*$/gm, '');
    const host = `127.0.0.1:${fixture.port}`;
    const args = [MOCHA, '--require', '@waybill/firestore-emulator/mocha'];
    assert.match(await run('run.test.mjs', program, args, host), /1 passing/);
    const others = await fixture.client({ projectId: 'demo' }).doc('cities/zurich').get();
    assert.equal(others.exists, false);
  });
});
