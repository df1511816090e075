import { randomBytes } from 'node:crypto';
import { defineContract } from '@waybill/contract-kit';
import { findFreePort } from '@waybill/emulator-kit';
import { createLogger } from '@waybill/service-kit';
import { startTestServer } from '@waybill/service-kit/testing';
import { createGoogleClients, createTaskRuntime, defineHandler, PermanentError } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import { createIapAccess } from '../src/access/iap-access.ts';
import { createConsole } from '../src/app.ts';
import { StackControl } from '../src/local/stack-control.ts';
import { AUDIENCE, type IapAuthority, startIapAuthority } from './iap-authority.ts';
import { type StackStandIn, startStackStandIn } from './stack-stand-in.ts';

export const OPERATOR = 'ada@example.com';
export const VIEWER = 'vic@example.com';

/** Folds letters, but none that is torn or crumpled. */
export const foldLetter = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  outcomes: ['crumpled'],
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['text', 'state'],
    properties: {
      text: { type: 'string', maxLength: 1000 },
      state: { type: 'string', enum: ['whole', 'torn', 'crumpled'] },
    },
  },
  example: { text: 'Dear Ada', state: 'whole' },
});

/** A response, and the token that a browser would send back. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The token that the page's forms carry. */
  readonly token: string;
}

/** The sender of a request, and its headers. */
export interface TestRequest {
  /** Default {@link OPERATOR}. */
  readonly as?: string;
  /** Instead of the assertion that IAP would give; null: none. */
  readonly assertion?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The console over a worker, with real clients, the emulators, and an IAP of its own. */
export interface ConsoleTestBed {
  readonly tasks: TaskTestBed;
  readonly iap: IapAuthority;
  readonly stack: StackStandIn;
  readonly url: string;
  readonly logs: readonly Record<string, unknown>[];
  get(path: string, request?: TestRequest): Promise<TestResponse>;
  /** Sends a form as a browser does that has loaded a page before. `token`: instead of that page's. */
  post(
    path: string,
    fields?: Readonly<Record<string, string>> | [string, string][],
    request?: TestRequest & { token?: string | null },
  ): Promise<TestResponse>;
  /** Calls the API with a JSON body. */
  api(path: string, body: unknown, request?: TestRequest): Promise<TestResponse>;
  /** Enqueues a letter, and waits until nothing is under way. */
  letter(text?: string, state?: 'whole' | 'torn' | 'crumpled', delaySeconds?: number): Promise<string>;
  close(): Promise<void>;
}

/** @param options.away what the console, and it alone, gets no answer from */
export async function startConsoleTestBed(
  options: { away?: 'firestore' | 'tasks'; storeTimeoutMs?: number } = {},
): Promise<ConsoleTestBed> {
  const tasks = await startTaskTestBed({
    handlers: [
      defineHandler(foldLetter, {
        async handle({ state }, { finish }) {
          if (state === 'torn') throw new PermanentError('LETTER_TORN', 'The letter is torn');
          await finish(async () => {}, { outcome: state === 'crumpled' ? 'crumpled' : undefined });
        },
      }),
    ],
  });
  const iap = await startIapAuthority();
  const stack = await startStackStandIn();
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'console',
    version: 'v1',
    level: 'debug',
    destination: { write: (line) => void logs.push(JSON.parse(line)) },
  });
  const { queueLocation, catalogue } = tasks;
  const nobody = `127.0.0.1:${await findFreePort()}`;
  const away = createGoogleClients({
    project: queueLocation.project,
    firestoreEmulatorHost: nobody,
    cloudTasksEmulatorHost: nobody,
  });
  const runtime = createTaskRuntime({
    firestore: options.away === 'firestore' ? away.firestore : tasks.firestore,
    cloudTasks: options.away === 'tasks' ? away.cloudTasks : tasks.cloudTasks,
    queueLocation,
    catalogue,
    logger,
  });
  const app = createConsole({
    runtime,
    storeTimeoutMs: options.away === 'firestore' ? 300 : options.storeTimeoutMs,
    logger,
    access: createIapAccess({
      audience: AUDIENCE,
      keysUrl: iap.keysUrl,
      operators: [OPERATOR, 'kim@example.com'],
      viewers: [VIEWER, OPERATOR],
      clockNowMs: Date.now,
    }),
    secure: true,
    randomBytes,
    stack: new StackControl(stack.url, stack.token),
  });
  const server = await startTestServer(app.callback());
  const { url } = server;

  const cookies = new Map<string, string>();
  const call = async (path: string, init: RequestInit, request: TestRequest): Promise<TestResponse> => {
    const { as = OPERATOR } = request;
    const assertion = request.assertion === undefined ? await iap.assert(as) : request.assertion;
    const cookie = cookies.get(as);
    const response = await fetch(`${url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: {
        ...(assertion !== null && { 'x-goog-iap-jwt-assertion': assertion }),
        ...(cookie !== undefined && { cookie }),
        ...(init.headers as Record<string, string> | undefined),
        ...request.headers,
      },
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookies.set(as, set.split(';')[0] ?? '');
    const text = await response.text();
    const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
    return { status: response.status, headers: response.headers, text, token };
  };
  const get = (path: string, request: TestRequest = {}): Promise<TestResponse> => call(path, {}, request);
  return {
    tasks,
    iap,
    stack,
    url,
    logs,
    get,
    async post(path, fields = {}, request = {}) {
      const { token = (await get('/contracts', { ...(request.as && { as: request.as }) })).token } = request;
      const body = new URLSearchParams(fields);
      if (token !== null) body.set('token', token);
      return call(path, { method: 'POST', body }, request);
    },
    api: (path, body, request = {}) =>
      call(
        path,
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
        request,
      ),
    async letter(text = 'Dear Ada', state = 'torn', delaySeconds) {
      const taskId = await tasks.client.transaction(async (transaction) => {
        const options = { subject: 'letters/1', ...(delaySeconds !== undefined && { delaySeconds }) };
        return transaction.enqueue(foldLetter, { text, state }, options).taskId;
      });
      await tasks.whenIdle();
      return taskId;
    },
    async close() {
      await server.close();
      await iap.close();
      await stack.close();
      await away.close();
      await tasks.close();
    },
  };
}
