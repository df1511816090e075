import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServiceYaml } from './read-service-yaml.ts';

describe('readServiceYaml()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'service-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads the app.yaml of a folder', () => {
    const file = join(folder, 'app.yaml');
    writeFileSync(file, 'runtime: nodejs24\nservice: worker\n');
    assert.equal(readServiceYaml(folder).service, 'worker');
    assert.equal(readServiceYaml(folder).file, file);
  });

  it('refuses an error page that is not there', () => {
    writeFileSync(join(folder, 'app.yaml'), 'runtime: nodejs24\nerror_handlers:\n- file: oops.html\n');
    assert.throws(() => readServiceYaml(folder), /app\.yaml:3: the error page "oops\.html" is not there/);
    writeFileSync(join(folder, 'oops.html'), '<p>Sorry</p>');
    assert.equal(readServiceYaml(folder).errorHandlers[0]?.file, 'oops.html');
  });
});
