import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A small stage that is sound; a test spoils one thing of it. */
export interface FakeStage {
  readonly folder: string;
  write(path: string, contents: string): void;
  remove(): void;
}

const PACKAGE = { name: 'fake', version: '1.0.0' };

/** Its service answers 200 to everything, needs the variable GREETING, and ends at once on SIGTERM. */
export const FAKE_SERVER = `
import http from 'node:http';
if (!process.env.GREETING) throw new Error('GREETING is required');
const server = http.createServer((request, response) => answer(request, response));
function answer(request, response) {
  request.resume().on('end', () => response.end('ok'));
}
server.listen(Number(process.env.PORT), HOST);
process.on('SIGTERM', () => process.exit(0));
`;

/** Makes one in a temporary folder. */
export function createFakeStage(): FakeStage {
  const folder = mkdtempSync(join(tmpdir(), 'fake-stage-'));
  const stage: FakeStage = {
    folder,
    write(path, contents) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contents);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  stage.write(
    'app.yaml',
    'runtime: nodejs24\nservice: worker\nentrypoint: node server.mjs\ninbound_services: [warmup]\nenv_variables: { GREETING: hello }\n',
  );
  stage.write('package.json', JSON.stringify(PACKAGE));
  stage.write(
    'package-lock.json',
    JSON.stringify({ ...PACKAGE, lockfileVersion: 3, requires: true, packages: { '': PACKAGE } }),
  );
  stage.write('server.mjs', FAKE_SERVER.replace('HOST', "'0.0.0.0'"));
  return stage;
}
