import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppEngineEmulator, RequestEvent } from '../src/index.ts';
import { send } from './http-client.ts';
import { runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

describe('static files and error pages', () => {
  let service: SmallService;
  let emulator: AppEngineEmulator;
  const requests: RequestEvent[] = [];

  before(async () => {
    service = makeSmallService(`default_expiration: 2h
error_handlers:
- file: sorry.html
- error_code: timeout
  file: late.txt
  mime_type: text/plain
handlers:
- url: /assets
  static_dir: public
  expiration: 1d
  http_headers:
    Access-Control-Allow-Origin: "*"
- url: /
  static_files: index.html
  upload: index\\.html
- url: /(old|new)/(.*)\\.page
  static_files: pages/\\2-\\1.html
  upload: pages/.*-new\\.html
  mime_type: text/plain
- url: /(.*)
  static_files: extra/\\1
  upload: extra/.*
  require_matching_file: true
- url: /script/.*
  script: auto
  secure: always
`);
    const write = (name: string, text: string) => {
      mkdirSync(join(service.folder, name, '..'), { recursive: true });
      writeFileSync(join(service.folder, name), text);
    };
    write('public/site.css', 'body {}');
    write('public/ä b.txt', 'umlaut');
    write('public/deep/data', 'bytes');
    write('index.html', '<p>Home</p>');
    write('pages/a-old.html', 'old');
    write('pages/a-new.html', 'new');
    write('extra/robots.txt', 'User-agent: *');
    write('sorry.html', '<p>Sorry</p>');
    write('late.txt', 'too late');
    emulator = await runEmulator({
      services: [{ appYaml: service.appYaml }],
      deadlines: { automatic: 300 },
    });
    emulator.events.on('request', (event) => requests.push(event));
    await emulator.whenReady();
  });
  after(async () => {
    await emulator.close();
    service.remove();
  });
  const get = (path: string, headers: Record<string, string> = {}) => send(emulator.port, { path, headers });

  it('serves the files of a folder, with the headers of its handler', async () => {
    const answer = await get('/assets/site.css?v=2');
    assert.equal(answer.status, 200);
    assert.equal(answer.body, 'body {}');
    assert.equal(answer.headers['content-type'], 'text/css');
    assert.equal(answer.headers['cache-control'], 'public, max-age=86400');
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal((await get('/assets/%C3%A4%20b.txt')).body, 'umlaut');
    assert.equal((await get('/assets/deep/data')).headers['content-type'], 'application/octet-stream');
    assert.deepEqual(requests.map(({ version, instance, status }) => [version, instance, status]).at(0), [
      'v1',
      undefined,
      200,
    ]);
  });

  it('serves single files by groups of the url, and only those that are uploaded', async () => {
    const home = await get('/');
    assert.equal(home.body, '<p>Home</p>');
    assert.equal(home.headers['content-type'], 'text/html');
    assert.equal(home.headers['cache-control'], 'public, max-age=7200');
    const page = await get('/new/a.page');
    assert.equal(page.body, 'new');
    assert.equal(page.headers['content-type'], 'text/plain');
    assert.equal((await get('/old/a.page')).status, 404);
  });

  it('answers a HEAD request without a body, and 304 to a client that has the file', async () => {
    const tag = String((await get('/')).headers['etag']);
    const head = await send(emulator.port, { path: '/', method: 'HEAD' });
    assert.equal(head.headers['content-length'], '11');
    assert.equal(head.body, '');
    assert.equal((await get('/', { 'If-None-Match': `"x", W/${tag}` })).status, 304);
    assert.equal((await get('/', { 'If-None-Match': '"x"' })).status, 200);
  });

  it('answers 404 for a file that is not there, or outside the folder', async () => {
    for (const path of ['/assets/none.css', '/assets/', '/assets/deep', '/assets//site.css']) {
      const answer = await get(path);
      assert.equal(answer.status, 404, path);
      assert.match(answer.body, /there is no static file for \/assets\//);
    }
    for (const path of ['/assets/../app.yaml', '/assets/%2e%2e/app.yaml', '/assets/..%2Fapp.yaml']) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  it('hands paths without a file or a handler to the service', async () => {
    assert.equal((await get('/robots.txt')).body, 'User-agent: *');
    assert.equal((await get('/no-such-file')).json()['path'], '/no-such-file');
    assert.equal((await get('/%zz')).json()['path'], '/%zz');
    assert.equal((await get('/script/echo')).json()['path'], '/script/echo');
    const posted = await send(emulator.port, { path: '/length', method: 'POST', body: '12345' });
    assert.deepEqual(posted.json(), { length: 5 });
  });

  it('answers with the error pages where the service does not', async () => {
    const late = await get('/hang');
    assert.deepEqual([late.status, late.body], [504, 'too late']);
    assert.equal(late.headers['content-type'], 'text/plain');
    const broken = await get('/switch');
    assert.deepEqual([broken.status, broken.body], [502, '<p>Sorry</p>']);
    // The service's own errors are its own.
    assert.deepEqual([(await get('/fail')).status, (await get('/fail')).body], [500, '']);
  });
});
