// Loaded into a service before its own code (`node --import`). It names every call to the outside, records each name, and
// kills the process at the armed call.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { grpc } from 'google-gax';
import type { ArmedPoint, OccurredCall } from './support/crash-point-files.ts';

const { CRASH_POINTS_DIR: dir, SMTP_URL, GAE_SERVICE } = process.env;
if (dir === undefined || GAE_SERVICE === undefined) {
  throw new Error('crash-points.ts needs CRASH_POINTS_DIR, and belongs into a service');
}
const service = GAE_SERVICE === 'default' ? 'frontend' : GAE_SERVICE;
const smtpPort = Number(new URL(SMTP_URL ?? 'smtp://none').port || 25);

/** The request that a call is made for; a retried delivery begins to count anew. */
interface Cause {
  readonly name: string;
  readonly task: string | null;
  readonly retries: number;
  readonly counts: Map<string, number>;
}

const causes = new AsyncLocalStorage<Cause>();

/** A call to the outside, on its way. */
interface Call {
  answered(): void;
}

/** Registers a call before it is sent. Undefined if it belongs to no request of a flow. */
function callBegins(what: string): Call | undefined {
  const cause = causes.getStore();
  if (cause === undefined) return undefined;
  const occurrence = (cause.counts.get(what) ?? 0) + 1;
  cause.counts.set(what, occurrence);
  const point = `${service} ${cause.name} ${what} #${occurrence}`;
  const occurred: OccurredCall = { cause: cause.name, point, task: cause.task, retries: cause.retries };
  appendFileSync(join(dir as string, 'calls.jsonl'), `${JSON.stringify(occurred)}\n`);
  endIfTold(occurred, 'before');
  return { answered: () => endIfTold(occurred, 'after') };
}

/** Ends this process as `kill -9` does, if the point is armed. Each arming works once. */
function endIfTold({ point, task, retries }: OccurredCall, when: ArmedPoint['when']): void {
  // Earlier tasks are retried meanwhile: only first deliveries belong to the flow under test.
  if (retries > 0) return;
  const armedFile = join(dir as string, 'armed.json');
  let armed: ArmedPoint;
  try {
    armed = JSON.parse(readFileSync(armedFile, 'utf8')) as ArmedPoint;
  } catch {
    return;
  }
  if (armed.point !== point || armed.when !== when) return;
  try {
    // Only one process can rename the file.
    renameSync(armedFile, join(dir as string, `fired-${armed.id}.json`));
  } catch {
    return;
  }
  appendFileSync(join(dir as string, 'fired.jsonl'), `${JSON.stringify({ ...armed, task })}\n`);
  process.kill(process.pid, 'SIGKILL');
  // No instruction may run while the signal is on its way.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (this: http.Server, event: string | symbol, ...args: unknown[]) {
  const call = (): boolean => Reflect.apply(emit, this, [event, ...args]) as boolean;
  const request = args[0];
  if (event !== 'request' || !(request instanceof http.IncomingMessage)) return call();
  const name = causeName(request);
  if (name === undefined) return causes.exit(call);
  const task = request.headers['x-appengine-taskname'] ?? request.headers['x-cloudtasks-taskname'];
  const retries = Number(
    request.headers['x-appengine-taskretrycount'] ?? request.headers['x-cloudtasks-taskretrycount'] ?? 0,
  );
  return causes.run({ name, task: typeof task === 'string' ? task : null, retries, counts: new Map() }, call);
} as typeof emit;

/** Names the requests that are part of a flow: orders, tasks, and the sweep. */
function causeName({ method, url = '' }: http.IncomingMessage): string | undefined {
  const { pathname } = new URL(url, 'http://service');
  const [, contract] = /^\/tasks\/([^/]+)\//.exec(pathname) ?? [];
  if (contract !== undefined) return contract;
  if (pathname === '/cron/sweep') return 'sweep';
  return method === 'POST' ? `POST ${withoutIds(pathname)}` : undefined;
}

// The calls of Firestore's and Cloud Tasks' clients, unary and streamed: one call each.
const createCall = grpc.Channel.prototype.createCall;
grpc.Channel.prototype.createCall = function (this: grpc.Channel, ...args: Parameters<typeof createCall>) {
  const [path] = args;
  const begun = callBegins(path.split('/').at(-1) ?? path);
  const call = Reflect.apply(createCall, this, args) as ReturnType<typeof createCall>;
  if (begun === undefined) return call;
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    // Either is the end of waiting: the message where there is one, else the status.
    const onReceiveMessage = listener.onReceiveMessage?.bind(listener);
    const onReceiveStatus = listener.onReceiveStatus?.bind(listener);
    const watched = Object.assign(Object.create(listener) as typeof listener, {
      onReceiveMessage: (message: unknown) => {
        begun.answered();
        onReceiveMessage?.(message);
      },
      onReceiveStatus: (status: Parameters<NonNullable<typeof onReceiveStatus>>[0]) => {
        begun.answered();
        onReceiveStatus?.(status);
      },
    });
    start(metadata, watched);
  };
  return call;
} as typeof createCall;

// HTTP: the payment provider and the like, by node:http.
const request = http.request;
const watchedRequest = (...args: unknown[]): http.ClientRequest => {
  const options = args.find((argument) => typeof argument === 'object' && argument !== null) as
    | http.RequestOptions
    | undefined;
  const path = options?.path ?? (args[0] instanceof URL ? args[0].pathname : String(args[0]));
  const begun = callBegins(`HTTP ${options?.method ?? 'GET'} ${withoutIds(path)}`);
  const made = Reflect.apply(request, http, args) as http.ClientRequest;
  if (begun !== undefined) made.prependOnceListener('response', () => begun.answered());
  return made;
};
http.request = watchedRequest as typeof http.request;
syncBuiltinESMExports();

/** `/v1/refunds/re_1a2b3c4d5e?x=1` is one path with all others like it. */
function withoutIds(path: string): string {
  return path.replace(/\?.*$/, '').replace(/\/[^/]*\d[^/]{7,}(?=\/|$)/g, '/:id');
}

// HTTP by fetch: undici tells of it.
const fetches = new WeakMap<object, Call>();
subscribe('undici:request:create', (message) => {
  const { request: made } = message as { request: { method: string; path: string } };
  const begun = callBegins(`HTTP ${made.method} ${withoutIds(made.path)}`);
  if (begun !== undefined) fetches.set(made, begun);
});
subscribe('undici:request:headers', (message) => {
  fetches.get((message as { request: object }).request)?.answered();
});

// SMTP: the whole conversation is one call. It is done when the server has answered the message's end.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const begun = portOf(args) === smtpPort ? callBegins('SMTP') : undefined;
  const connecting = Reflect.apply(connect, this, args) as net.Socket;
  // Not before: connect() gives a socket its own write() back.
  if (begun !== undefined) watchMail(this, begun);
  return connecting;
} as typeof connect;

function watchMail(socket: net.Socket, begun: Call): void {
  let sent = '';
  let ended = false;
  const write = socket.write;
  socket.write = function (this: net.Socket, ...args: unknown[]) {
    sent = (sent + String(args[0])).slice(-5);
    if (sent === '\r\n.\r\n') ended = true;
    return Reflect.apply(write, this, args) as boolean;
  } as typeof write;
  const push = socket.push;
  socket.push = function (this: net.Socket, ...args: unknown[]) {
    if (ended) begun.answered();
    return Reflect.apply(push, this, args) as boolean;
  } as typeof push;
}

function portOf(args: readonly unknown[]): number | undefined {
  // net.connect() hands its arguments on as one array.
  const [first, ...rest] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const port =
    typeof first === 'object' && first !== null ? (first as { port?: unknown }).port : (first ?? rest[0]);
  return port === undefined ? undefined : Number(port);
}
