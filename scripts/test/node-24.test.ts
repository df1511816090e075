import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const scriptsDir = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What every command of the root's package.json goes through, in a checkout of its own. */
describe('scripts/node-24.mjs', () => {
  let checkout: string;
  let script: string;

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'wäy bill-'));
    script = join(checkout, 'greet.ts');
    await mkdir(join(checkout, 'scripts'));
    for (const file of ['node-24.mjs', 'run-node.mjs']) {
      await cp(join(scriptsDir, file), join(checkout, 'scripts', file));
    }
    await greets('hello');
  });

  afterEach(() => rm(checkout, { recursive: true, force: true }));

  // A module of its own: what is compiled once and kept is what a script imports.
  async function greets(word: string): Promise<void> {
    await writeFile(join(checkout, 'word.ts'), `export const word: string = '${word}';\n`);
    await writeFile(
      script,
      `import { word } from './word.ts';\nprocess.stdout.write(word + process.argv[2]);\n`,
    );
  }

  async function run(): Promise<string> {
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    const args = [join(checkout, 'scripts/node-24.mjs'), script, '!'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 });
    return stdout;
  }

  it('says what to do where nothing is installed', async () => {
    await assert.rejects(run(), { code: 1, stderr: /run `npm ci` first/ });
  });

  it('keeps what is compiled, and runs what a source says now', async () => {
    await mkdir(join(checkout, 'node_modules'));
    assert.equal(await run(), 'hello!');
    assert.notDeepEqual(await readdir(join(checkout, 'node_modules/.cache/node-compile-cache')), []);
    // As long as the word before it: nothing but the text itself tells the two apart.
    await greets('howdy');
    assert.equal(await run(), 'howdy!');
  });

  it('runs where nothing compiled can be kept', async () => {
    await mkdir(join(checkout, 'node_modules'));
    await writeFile(join(checkout, 'node_modules/.cache'), 'a file in the place of the folder');
    assert.equal(await run(), 'hello!');
  });
});
