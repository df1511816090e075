import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const rootDir = join(import.meta.dirname, '../..');
const importOf = (name: string): string => `import { x } from '${name}';\n\nexport const y = x;\n`;
const nested = (depth: number): string => {
  const conditions = Array.from({ length: depth }, (_none, index) => `if (n > ${index}) {`).join(' ');
  return `export function deep(n: number): number {\n  ${conditions} return n; ${'}'.repeat(depth)}\n  return 0;\n}\n`;
};

/** A handler with one statement in it, which may use `context`, `transaction`, `client`, `items` and `name`. */
const handlerWith = (statement: string): string =>
  [
    `// ${statement}`,
    'export async function handle({ context, transaction, client, items, name }: never) {',
    `  ${statement}`,
    '}',
    '',
  ].join('\n');

/** What a developer might write: file, source, and the rule that refuses it, or null. */
const PROBES: readonly (readonly [file: string, source: string, rule: string | null])[] = [
  ['apps/worker/src/a.ts', importOf('@waybill/firestore-emulator'), 'noRestrictedImports'],
  ['apps/worker/src/b.ts', importOf('@waybill/task-testing'), 'noRestrictedImports'],
  ['apps/worker/src/c.ts', importOf('@waybill/orders'), null],
  ['apps/worker/src/d.test.ts', importOf('@waybill/firestore-emulator'), null],
  ['apps/worker/test/e.ts', importOf('@waybill/sandboxes'), null],
  ['packages/orders/src/a.ts', importOf('@waybill/sandboxes'), 'noRestrictedImports'],
  ['packages/orders/src/b.ts', importOf('@waybill/task-contracts'), null],
  ['packages/service-kit/src/a.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['packages/task-runtime/src/a.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['packages/task-runtime/src/b.ts', importOf('@waybill/contract-kit'), null],
  ['packages/task-contracts/src/a.ts', importOf('@waybill/task-runtime/operator'), 'noRestrictedImports'],
  ['packages/contract-kit/src/a.ts', importOf('@waybill/orders'), 'noRestrictedImports'],
  ['packages/google-config/src/a.ts', importOf('@waybill/service-kit'), 'noRestrictedImports'],
  ['emulators/cloud-tasks/src/a.ts', importOf('@waybill/firestore-emulator'), 'noRestrictedImports'],
  ['emulators/cloud-tasks/src/b.ts', importOf('@waybill/google-config'), null],
  ['emulators/kit/src/a.ts', importOf('@waybill/service-kit'), 'noRestrictedImports'],
  ['packages/contract-kit/src/b.test.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['packages/task-runtime/test/c.ts', importOf('@waybill/orders'), 'noRestrictedImports'],
  ['packages/task-runtime/src/d.test.ts', importOf('@waybill/task-testing'), null],
  ['emulators/cloud-tasks/test/c.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['tools/schema-evolution/test/a.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['tools/task-testing/test/a.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['tools/contract-tools/test/a.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['tools/contract-tools/src/a.test.ts', importOf('@waybill/task-contracts'), 'noRestrictedImports'],
  ['tools/contract-tools/src/commands/a.ts', importOf('@waybill/task-contracts'), null],
  ['tools/local-stack/src/a.ts', importOf('@waybill/task-contracts'), null],
  ['packages/orders/src/c.ts', 'export const MOST_TRIES = 3;\n', 'plugin'],
  ['packages/orders/src/d.ts', 'export const LONGEST_PAGE = 3;\n', 'plugin'],
  ['packages/orders/src/e.ts', 'export const LARGEST_BODY_BYTES = 3;\n', 'plugin'],
  ['packages/orders/src/f.ts', 'export const LEAST_AMOUNT = 3;\n', 'plugin'],
  ['packages/orders/src/g.ts', 'export const MAX_TRIES = 3;\n', null],
  ['packages/orders/src/h.ts', nested(7), 'noExcessiveCognitiveComplexity'],
  ['packages/orders/src/i.ts', nested(5), null],
  ['packages/orders/src/j.ts', "import type { K } from './k.ts';\n\nexport type J = K;\n", 'noImportCycles'],
  [
    'packages/orders/src/k.ts',
    "import type { J } from './j.ts';\n\nexport type K = J | string;\n",
    'noImportCycles',
  ],
  ...(
    [
      ["context.step('charge', async () => 1);", 'plugin'],
      ["void context.step('charge', async () => 1);", 'plugin'],
      ["context.step('charge', async () => 1).catch(() => {});", 'plugin'],
      ["context.step.each('text', items, String, async () => 1);", 'plugin'],
      ['context.finish(async () => {});', 'plugin'],
      ['client.transaction(async () => {});', 'plugin'],
      ['transaction.get(name);', 'plugin'],
      ['await context.step(name, async () => 1);', 'plugin'],
      [`await context.step('text-'.concat(name), async () => 1);`, 'plugin'],
      ['items.forEach(async (item) => transaction.set(item, await transaction.get(item)));', 'plugin'],
      ["items.forEach((item) => context.step('text', async () => item));", 'plugin'],
      ["await context.step('charge', async () => 1);", null],
      ["await Promise.all([context.step('a', async () => 1), context.step('b', async () => 2)]);", null],
      ["await context.step.each('text', items, String, async () => 1);", null],
      ["return context.step('charge', async () => 1);", null],
      ['for (const item of items) transaction.set(item, await transaction.get(item));', null],
      ['await client.transaction(async () => {});', null],
    ] as const
  ).map(
    ([statement, rule], index) =>
      [`apps/worker/src/tasks/probe-${index}.ts`, handlerWith(statement), rule] as const,
  ),
];

/** Rules that the probes break beside the one that they are for. */
const NOT_ASKED = ['noUndeclaredDependencies', 'noUnusedFunctionParameters', 'useIterableCallbackReturn'];

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

describe('biome.json', function () {
  this.timeout(120_000);
  let folder: string;
  let diagnostics: readonly Diagnostic[];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-lint-'));
    cpSync(join(rootDir, 'biome.json'), join(folder, 'biome.json'));
    mkdirSync(join(folder, 'scripts'));
    for (const plugin of ['max-constants.grit', 'handler-calls.grit']) {
      cpSync(join(rootDir, 'scripts', plugin), join(folder, 'scripts', plugin));
    }
    for (const [file, source] of PROBES) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    const { stdout, stderr } = spawnSync(
      join(rootDir, 'node_modules/.bin/biome'),
      ['lint', '--reporter=json', '--max-diagnostics=none', '--vcs-enabled=false', '.'],
      { cwd: folder, encoding: 'utf8', timeout: 110_000 },
    );
    assert.notEqual(stdout, '', stderr);
    ({ diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] });
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [file, source, rule] of PROBES) {
    it(`${rule === null ? 'accepts' : 'refuses'} ${source.split('\n')[0]} in ${file}`, () => {
      const found = diagnostics
        .filter(({ location }) => location.path === file)
        .map(({ category }) => category.split('/').at(-1))
        .filter((category) => !NOT_ASKED.includes(category ?? ''));
      assert.deepEqual(found, rule === null ? [] : [rule]);
    });
  }

  it('formats sources, and leaves generated documents as they are', () => {
    const compact = '{ "a": [\n1] }\n';
    const documents = [
      'docs/contracts/a/v1.schema.json',
      'docs/contracts/a/asyncapi.json',
      'docs/asyncapi.json',
    ];
    for (const file of [...documents, 'apps/worker/package.json']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), compact);
    }
    const biome = join(rootDir, 'node_modules/.bin/biome');
    const options = { cwd: folder, encoding: 'utf8', timeout: 110_000 } as const;
    spawnSync(biome, ['check', '--write', '--vcs-enabled=false', '.'], options);
    const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');
    assert.deepEqual(documents.map(textOf), [compact, compact, compact]);
    assert.notEqual(textOf('apps/worker/package.json'), compact);
  });

  it('has nothing to change in this repository', () => {
    const biome = join(rootDir, 'node_modules/.bin/biome');
    const options = { cwd: rootDir, encoding: 'utf8', timeout: 110_000 } as const;
    const { status, stdout, stderr } = spawnSync(biome, ['format', '.'], options);
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  });
});
