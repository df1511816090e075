import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const rootDir = join(import.meta.dirname, '../..');

interface Configuration {
  readonly name: string;
  readonly request: 'attach' | 'launch';
  readonly port?: number;
  readonly program?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
}

const { configurations, compounds } = JSON.parse(
  readFileSync(join(rootDir, '.vscode/launch.json'), 'utf8'),
) as {
  configurations: Configuration[];
  compounds: { name: string; configurations: string[] }[];
};

describe('.vscode/launch.json', () => {
  it('attaches to the ports that npm start -- --inspect takes first, one by one or to all', () => {
    const attached = configurations.filter(({ request }) => request === 'attach');
    assert.deepEqual(
      attached.map(({ name, port }) => [/^Attach to (\w+)/.exec(name)?.[1], port]),
      [
        ['default', 9229],
        ['worker', 9230],
        ['console', 9231],
      ],
    );
    assert.deepEqual(
      compounds.map((compound) => compound.configurations),
      [attached.map(({ name }) => name)],
    );
  });

  it('runs the open test file, of any workspace', async () => {
    const {
      program = '',
      args = [],
      cwd = '',
    } = configurations.find(({ name }) => name === 'Run the open test file') ?? {};
    const file = join(rootDir, 'tools/local-stack/src/ports/find-inspector-ports.test.ts');
    const fill = (text: string): string =>
      text.replace(/\$\{workspaceFolder\}/g, rootDir).replace(/\$\{file\}/g, file);
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args].map(fill), {
      cwd: fill(cwd),
      timeout: 30_000,
    });
    assert.match(stdout, /findInspectorPorts\(\)/);
    assert.match(stdout, /2 passing/);
  });
});
