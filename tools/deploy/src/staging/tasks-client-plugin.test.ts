import assert from 'node:assert/strict';
import { withStaticJson } from './tasks-client-plugin.ts';

const SOURCE = `import { getJSON } from '../json-helper.cjs';
const dirname = path.dirname(fileURLToPath(import.meta.url));
const gapicConfig = getJSON(path.join(dirname, 'config.json'));
const jsonProtos = getJSON(path.join(dirname, '..', '..', 'protos/protos.json'));
const version = getJSON(path.join(dirname, '..', 'package.json')).version;
`;

describe('withStaticJson()', () => {
  it('makes each read of a JSON file a require that a bundler follows', () => {
    assert.equal(
      withStaticJson('client.js', SOURCE),
      `import { getJSON } from '../json-helper.cjs';

const gapicConfig = require("./config.json");
const jsonProtos = require("../../protos/protos.json");
const version = require("../package.json").version;
`,
    );
  });

  it('refuses a client that reads another number of files', () => {
    const two = SOURCE.replace(/^const version.*$/m, '');
    assert.throws(
      () => withStaticJson('client.js', two),
      /client\.js: expected 3 reads of JSON files, found 2/,
    );
  });

  it('refuses a client that reads one in a way it does not know', () => {
    const fourth = `${SOURCE}const more = getJSON(somewhere);\n`;
    assert.throws(
      () => withStaticJson('client.js', fourth),
      /expected 3 reads of JSON files, found 3: this version/,
    );
  });
});
