import { Agent, request as httpRequest } from 'node:http';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { Method, Type } from 'protobufjs';
import { loadMessageTypes } from '../../src/rest/message-types.ts';
import { LOCATIONS, QUEUES, type Random, randomMessage, seededRandom } from './random-message.ts';

const SERVICES = [
  'google.cloud.tasks.v2.CloudTasks',
  'google.cloud.tasks.v2beta3.CloudTasks',
  'google.cloud.tasks.v2beta2.CloudTasks',
  'google.longrunning.Operations',
  'google.cloud.location.Locations',
];
const FAULTS = [
  status.INTERNAL,
  status.UNKNOWN,
  status.UNAVAILABLE,
  status.DATA_LOSS,
  status.DEADLINE_EXCEEDED,
];
const CLIENTS = 16;
/** Calls between two resets, which keep the number of tasks and reserved names low. */
const INPUTS_PER_ROUND = 500;
const CALL_TIMEOUT_MS = 25_000;

/** The result of a fuzz campaign. */
export interface FuzzReport {
  /** Responses by transport and code. */
  readonly counts: ReadonlyMap<string, number>;
  /** Inputs that were answered by a fault of the emulator, with the answer. */
  readonly faults: readonly string[];
}

interface Call {
  readonly service: string;
  readonly method: Method;
  readonly request: Type;
}

interface Answer {
  readonly code: string;
  readonly isFault: boolean;
  readonly text: string;
}

/** Sends random calls over gRPC and REST to an emulator. The same seed gives the same calls. */
export async function fuzzApi(options: { port: number; seed: number; inputs: number }): Promise<FuzzReport> {
  const { port, inputs } = options;
  const random = seededRandom(options.seed);
  const calls = allCalls();
  const grpc = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const counts = new Map<string, number>();
  const faults: string[] = [];
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < inputs) {
      sent += 1;
      if (sent % INPUTS_PER_ROUND === 1) await beginRound({ port, agent });
      const call = random.pick(calls);
      const isGrpc = random.fraction() < 0.5;
      const [input, answer] = isGrpc
        ? await callGrpc(grpc, random, call)
        : await callRest({ port, agent }, random, call);
      const key = `${isGrpc ? 'gRPC' : 'REST'} ${answer.code}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (answer.isFault) faults.push(`${key} ${input} → ${answer.text}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  grpc.close();
  agent.destroy();
  return { counts, faults };
}

/** Drops tasks and reserved names, and makes the queues that are not there. */
async function beginRound(server: HttpServer): Promise<void> {
  await sendHttp(server, 'POST', '/emulator/reset', '');
  for (const name of QUEUES) {
    const path = `/v2/${name.slice(0, name.indexOf('/queues/'))}/queues`;
    await sendHttp(server, 'POST', path, JSON.stringify({ name }));
  }
}

function allCalls(): Call[] {
  const types = loadMessageTypes();
  return SERVICES.flatMap((service) =>
    types.lookupService(service).methodsArray.flatMap((method) => {
      const request = method.resolvedRequestType;
      return request ? [{ service, method, request }] : [];
    }),
  );
}

async function callGrpc(grpc: Client, random: Random, call: Call): Promise<[input: string, answer: Answer]> {
  const bytes = randomBytes(random, call.request);
  const path = `/${call.service}/${call.method.name}`;
  const answer = await new Promise<Answer>((resolve) =>
    grpc.makeUnaryRequest(
      path,
      (message: Buffer) => message,
      (message: Buffer) => message,
      bytes,
      { deadline: Date.now() + CALL_TIMEOUT_MS },
      (error) => {
        const code = error?.code ?? status.OK;
        resolve({ code: status[code], isFault: FAULTS.includes(code), text: error?.details ?? '' });
      },
    ),
  );
  return [`${path} ${bytes.subarray(0, 2_000).toString('base64')}`, answer];
}

/** An encoded message; one in eight is damaged. */
function randomBytes(random: Random, type: Type): Buffer {
  const bytes = Buffer.from(type.encode(type.fromObject(randomMessage(random, type))).finish());
  if (random.fraction() > 1 / 8 || bytes.length === 0) return bytes;
  const damaged = Buffer.from(bytes);
  for (let count = random.below(4); count >= 0; count -= 1) {
    damaged[random.below(damaged.length)] = random.below(256);
  }
  return damaged.subarray(0, random.fraction() < 0.5 ? damaged.length : random.below(damaged.length));
}

interface HttpServer {
  readonly port: number;
  readonly agent: Agent;
}

async function callRest(
  server: HttpServer,
  random: Random,
  call: Call,
): Promise<[input: string, answer: Answer]> {
  const [method, path] = randomRoute(random, call);
  const query = randomQuery(random);
  const body = random.fraction() < 0.2 ? '' : randomJson(random, call);
  const { code, text } = await sendHttp(server, method, `${path}${query}`, body);
  const isFault = code >= 500 && code !== 501;
  return [`${method} ${path}${query} ${body.slice(0, 2_000)}`, { code: String(code), isFault, text }];
}

/** The method and the path of a call, with random names; one in ten is of no route. */
function randomRoute(random: Random, { method, service }: Call): [http: string, path: string] {
  const version = /v2[a-z0-9]*/.exec(service)?.[0] ?? random.pick(['v2', 'v2beta3', 'v2beta2']);
  const options = (method.parsedOptions ?? []) as unknown as Record<string, Record<string, string>>[];
  const rule = options.find((option) => '(google.api.http)' in option)?.['(google.api.http)'] ?? {
    get: `/${version}/{name=projects/*/locations/*/operations/*}`,
  };
  const [[http, template] = ['get', '/']] = Object.entries(rule).filter(([key]) => key !== 'body');
  const path = template
    .replace(/^\/v1\//, `/${version}/`)
    .replace(/\{[a-z_.]+=projects\/\*\/locations\/\*/, () => random.pick(LOCATIONS))
    .replace(/[{}]/g, '')
    .replace(/\*+/g, () =>
      random.pick(['a', 'b', 'c-1', 't', 'u_2', 'o', '%zz', 'a:b', '%2F', '__proto__', '']),
    );
  const suffix =
    random.fraction() < 0.05 ? random.pick([':buffer', '/tasks:buffer', ':nothing', '/', '%00']) : '';
  const verb = random.fraction() < 0.05 ? random.pick(['GET', 'POST', 'PATCH', 'DELETE', 'PUT']) : http;
  return [verb.toUpperCase(), `${path}${suffix}`];
}

function randomQuery(random: Random): string {
  if (random.fraction() < 0.6) return '';
  const [key, ...values] = random.pick([
    ['pageSize', '-1', '2', 'abc', '99999999999'],
    ['pageToken', 'bad', ''],
    ['filter', 'name: a', '((', ''],
    ['responseView', 'FULL', '2', '99', 'NOPE', ''],
    ['updateMask', 'name', 'rateLimits,retryConfig', ',', ''],
    ['readMask', 'stats', '*', 'a.b', ''],
    ['$alt', 'json;enum-encoding=int', 'media'],
    ['prettyPrint', 'false', 'x'],
    ['__proto__', 'x'],
    ['%', '%zz'],
  ]);
  return encodeURI(`?${key}=${random.pick(values)}`).replaceAll('%25', '%');
}

/** A body of JSON; one in four is not what the method takes. */
function randomJson(random: Random, { request }: Call): string {
  const message = randomMessage(random, request);
  const inner = Object.values(message).find((value) => typeof value === 'object' && !Array.isArray(value));
  const text = JSON.stringify(random.fraction() < 0.3 && inner ? inner : message, (_, value: unknown) => {
    if (random.fraction() < 0.01) return random.pick([null, [], {}, 5, 'x', true, [[]], { bogus: 1 }]);
    if (isMoment(value)) return random.pick(['1s', '0.5s', '-1s', '2030-01-01T00:00:00Z', 'never', 5]);
    return Buffer.isBuffer(value) ? value.toString('base64') : value;
  });
  if (random.fraction() > 0.05) return text;
  return random.pick([
    text.slice(0, random.below(text.length + 1)),
    `[${text}]`,
    '"',
    'null',
    '{"a":1e999}',
    `${'['.repeat(5_000)}`,
  ]);
}

function isMoment(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'seconds' in value && 'nanos' in value;
}

function sendHttp(
  { port, agent }: HttpServer,
  method: string,
  path: string,
  body: string,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    // Node sends none with GET and DELETE by itself: the server would take the body for another request.
    const headers = { 'content-length': Buffer.byteLength(body) };
    const request = httpRequest({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8', 0, 500) }),
      );
    });
    request.setTimeout(CALL_TIMEOUT_MS, () =>
      request.destroy(new Error(`No response: ${method} ${path} ${body}`)),
    );
    request.on('error', reject);
    request.end(body);
  });
}
