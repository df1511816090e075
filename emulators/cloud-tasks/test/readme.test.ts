import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HELP } from '../src/command-line.ts';
import { startTestEmulator } from './support/emulator.ts';

const packageDir = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(packageDir, path), 'utf8');
const readme = read('README.md');

/** The blocks of code after an HTML comment, with what the comment says. */
const blocks = [...readme.matchAll(/<!-- (file: (\S+)|run) -->\n```\w+\n([\s\S]*?)\n```/g)].map(
  ([, kind = '', file, code = '']) => ({ kind, file, code }),
);

/** The options that a text names. */
function optionsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/--[a-z][a-z-]*[a-z]/g)].map(([option]) => option))].sort();
}

describe('README.md', () => {
  it('shows seven programs that are run', () => assert.equal(blocks.filter(({ file }) => file).length, 7));

  for (const { file, code } of blocks) {
    if (file === undefined) continue;
    it(`shows ${file} as it is`, () => assert.equal(`${code}\n`, read(file)));
  }

  it('shows a test that runs', async () => {
    const program = blocks.find(({ kind }) => kind === 'run')?.code ?? assert.fail('there is none');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', program],
      { cwd: packageDir },
    );
    assert.equal(stdout, '[ 200 ]\n');
  });

  it('lists the options of --help, and no other', () => {
    const table = readme.slice(readme.indexOf('| option |'), readme.indexOf('SIGTERM and SIGINT'));
    assert.deepEqual(optionsIn(table), optionsIn(HELP));
  });

  it('lists the control routes, and no other', async () => {
    const test = await startTestEmulator();
    const response = await fetch(`http://127.0.0.1:${test.emulator.port}/emulator/none`);
    const { title } = (await response.json()) as { title: string };
    await test.close();
    const routes = (text: string): string[] =>
      [...text.matchAll(/\b(?:GET|POST|PUT) \/emulator\/[\w:-]+/g)].map(([route]) => route).sort();
    const listed = title.slice(title.indexOf('there are:'));
    assert.ok(routes(listed).length > 10, title);
    assert.deepEqual(routes(readme.slice(readme.indexOf('| route |'))), routes(listed));
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  const line = (start: string, text: string): string | undefined =>
    text.split('\n').find((each) => each.startsWith(start));

  it('starts the package’s command, not as root', () => {
    const { bin, name } = JSON.parse(read('package.json')) as { bin: object; name: string };
    const [command] = JSON.parse(
      line('ENTRYPOINT', dockerfile)?.slice('ENTRYPOINT '.length) ?? '[]',
    ) as string[];
    assert.deepEqual([command], Object.keys(bin));
    assert.equal(line('USER', dockerfile), 'USER node');
    const tarball = name.replace('@', '').replace('/', '-');
    assert.ok(line('COPY', dockerfile)?.startsWith(`COPY ${tarball}-*.tgz `), tarball);
  });

  it('has the Node that everything here was tried with, by the digest of its image', () => {
    assert.equal(line('FROM', dockerfile), line('FROM', read('../../tools/deploy/Dockerfile')));
  });
});
