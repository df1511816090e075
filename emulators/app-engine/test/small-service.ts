import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A service that shows what reaches it. GET /echo answers with method, path, headers, and its own environment and pid;
 * POST /length with the size of the body; GET /events with server-sent events, the second only after GET /next;
 * GET /headers-only with headers and no end; GET /endless with all that is taken of it; GET /cut with half an answer;
 * GET /switch with 101; GET /odd with a status line that Node won't write; GET /umlaut with a header in UTF-8; GET /hang with
 * nothing, and says on stdout when its client is gone; GET /exit ends the process.
 */
const showingServer = `
import { createServer } from 'node:http';
let events;
const requests = [];
createServer(async (request, response) => {
  requests.push({ method: request.method, path: request.url, headers: request.headers });
  const answer = (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  const path = request.url.split('?')[0];
  if (path === '/length') {
    let length = 0;
    if (request.url.endsWith('?broken')) console.log('uploading');
    request.on('data', (chunk) => { length += chunk.length; }).on('end', () => answer({ length })).on('error', () => {});
  } else if (path === '/events') {
    events = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\\n\\n');
  } else if (path === '/switch') {
    request.socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: other\\r\\nConnection: upgrade\\r\\n\\r\\n');
  } else if (path === '/odd') {
    request.socket.end('HTTP/1.1 200 O\\x01K\\r\\nContent-Length: 0\\r\\n\\r\\n');
  } else if (path === '/umlaut') {
    request.socket.end('HTTP/1.1 200 OK\\r\\nX-Name: Grün\\r\\nContent-Length: 0\\r\\n\\r\\n');
  } else if (path === '/cut') {
    response.writeHead(200, request.url.endsWith('?length') ? { 'content-length': 100 } : {});
    response.write('half', () => response.destroy());
  } else if (path === '/endless') {
    response.on('close', () => console.log('endless ended'));
    const chunk = Buffer.alloc(1024 * 1024);
    let wait;
    const more = () => {
      clearTimeout(wait);
      while (!response.destroyed && response.write(chunk));
      wait = setTimeout(() => console.log('no more is taken'), 200);
    };
    response.on('drain', more);
    more();
  } else if (path === '/headers-only') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  } else if (path === '/next') {
    events.write('data: second\\n\\n');
    answer({});
  } else if (path === '/hang') {
    response.on('close', () => console.log('client gone'));
    console.log('hanging');
  } else if (path === '/exit') {
    process.exit(7);
  } else if (path === '/fail') {
    response.writeHead(500).end();
  } else if (path === '/requests') {
    answer(requests);
  } else {
    const rawHeaders = request.rawHeaders;
    answer({ method: request.method, path: request.url, headers: request.headers, rawHeaders, env: process.env, pid: process.pid, cwd: process.cwd() });
  }
}).listen(process.env.PORT);
`;

/** A folder with an app.yaml and a server.mjs, made for one test. */
export interface SmallService {
  folder: string;
  appYaml: string;
  remove(): void;
}

/**
 * Makes a service in a temporary folder.
 * @param appYaml lines of the app.yaml after the runtime and the entry point
 * @param server the content of server.mjs; default: one that shows what reaches it
 */
export function makeSmallService(appYaml = '', server = showingServer): SmallService {
  const folder = mkdtempSync(join(tmpdir(), 'small-service-'));
  writeFileSync(join(folder, 'server.mjs'), server);
  const entrypoint = appYaml.includes('entrypoint:') ? '' : 'entrypoint: node server.mjs\n';
  writeFileSync(join(folder, 'app.yaml'), `runtime: nodejs24\n${entrypoint}${appYaml}\n`);
  return {
    folder,
    appYaml: join(folder, 'app.yaml'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
