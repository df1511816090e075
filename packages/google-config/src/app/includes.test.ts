import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readAppYaml } from './app-yaml.ts';

describe('includes of an app.yaml', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-includes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return join(folder, 'app.yaml');
  }

  const script = (url: string, more = '') => `- url: ${url}\n  script: auto\n${more}`;

  it('puts handlers before or behind its own, in the order of the files', () => {
    const file = write({
      'app.yaml': `runtime: nodejs24\nincludes: [one.yaml, two]\nhandlers:\n${script('/own')}`,
      'one.yaml': `includes: [deep/three.yaml]\nhandlers:\n${script('/one')}${script('/last', '  position: tail\n')}`,
      'two/include.yaml': `handlers:\n${script('/two', '  position: head\n')}`,
      'deep/three.yaml': `includes: [one.yaml, ../two]\nhandlers:\n${script('/three')}`,
    });
    assert.deepEqual(
      readAppYaml(file).handlers.map(({ url }) => url.source),
      ['/one', '/three', '/two', '/own', '/last'].map((url) => `^(?:${url.replace('/', '\\/')})$`),
    );
  });

  it('takes the variables of included files over its own, and the most instances', () => {
    const file = write({
      'app.yaml': `runtime: nodejs24
includes: [one.yaml, two.yaml]
env_variables: {A: own, B: own, C: own}
manual_scaling: {instances: 2}
`,
      'one.yaml': 'env_variables: {B: one, C: one}\nmanual_scaling: {instances: 5}\n',
      'two.yaml': 'env_variables: {C: two}\nmanual_scaling: {instances: 3}\n',
    });
    const app = readAppYaml(file);
    assert.deepEqual(app.envVariables, { A: 'own', B: 'one', C: 'two' });
    assert.deepEqual(app.scaling, { kind: 'manual', instances: 5 });
  });

  it('names the problems of all files, each with its line', () => {
    const file = write({
      'app.yaml': 'runtime: nodejs24\nincludes: [one.yaml]\ncolour: green\n',
      'one.yaml': 'service: worker\nincludes:\n- none.yaml\n',
    });
    assert.throws(
      () => readAppYaml(file),
      (error: Error) => {
        const [own = '', ...included] = error.message.split('\n');
        assert.match(own, /app\.yaml:3: unknown key "colour"/);
        assert.match(included[0] ?? '', /one\.yaml:1: unknown key "service" in an included file/);
        assert.match(included[1] ?? '', /one\.yaml:3: the included file "none\.yaml" is not there/);
        return true;
      },
    );
  });
});
