import protobuf, { type Field, type Type } from 'protobufjs';

/** Draws from a sequence that a seed gives. */
export interface Random {
  /** A number from 0 to below 1. */
  fraction(): number;
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
}

/** The generator "mulberry32". */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  return { fraction, below, pick };
}

export const LOCATIONS = ['projects/demo/locations/us-central1', 'projects/a.b:c/locations/europe-west1'];
export const QUEUES = LOCATIONS.flatMap((location) =>
  ['a', 'b', 'c-1', 'd'].map((id) => `${location}/queues/${id}`),
);
const TASKS = QUEUES.flatMap((queue) => ['t', 'u_2', '3'].map((id) => `${queue}/tasks/${id}`));
const OPERATIONS = LOCATIONS.flatMap((location) => ['o', 'p'].map((id) => `${location}/operations/${id}`));
const CMEK_CONFIGS = LOCATIONS.map((location) => `${location}/cmekConfig`);
const KEYS = LOCATIONS.map((location) => `${location}/keyRings/r/cryptoKeys/k`);
const ODD_TEXTS = [
  '',
  ' ',
  '/',
  'projects/',
  'projects/demo',
  'projects/demo/locations/nowhere/queues/q',
  '__proto__',
  'constructor',
  '%zz',
  '%2F..%2F',
  '\u0000',
  '\r\nX: y',
  'ü\u{1f600}',
  '"\\',
  '<script>',
  '-1',
  '1e999',
  'null',
  'x'.repeat(600),
];
/** Texts for fields of a name. No host among them is one outside of this machine. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  name: [...QUEUES, ...TASKS, ...OPERATIONS, ...CMEK_CONFIGS, ...LOCATIONS],
  parent: [...QUEUES, ...LOCATIONS],
  resource: QUEUES,
  queue: QUEUES,
  names: TASKS,
  kmsKey: KEYS,
  requestId: ['o', 'p', 'o/p'],
  taskId: ['t', 'u_2', 'a b'],
  url: [
    'http://127.0.0.1:1/',
    'https://127.0.0.1:1/x?y=z',
    'http://[',
    'ftp://127.0.0.1',
    'http://127.0.0.1:99999',
  ],
  host: ['127.0.0.1', '127.0.0.1:1', 'a b', 'x.localhost'],
  relativeUri: ['/', '/a?b', 'a', '/ '],
  relativeUrl: ['/', '/a?b', 'a', '/ '],
  serviceAccountEmail: ['a@b', 'a@b.iam.gserviceaccount.com', '@'],
  role: ['roles/viewer', 'viewer', 'projects/p/roles/r'],
  members: ['allUsers', 'user:a@b.c', 'nobody'],
  permissions: ['cloudtasks.tasks.run', 'foo', 'storage.objects.get'],
  filter: [
    'state = RUNNING',
    'name: a',
    'NOT rate_limits.max_dispatches_per_second > 5',
    'purge_time > "2020-01-01T00:00:00Z"',
    'a:(b OR -c)',
    '((((',
    'state = "',
    'retry_config.min_backoff < 1s AND',
  ],
  paths: [
    'name',
    'state',
    'rate_limits',
    'retry_config.max_attempts',
    'http_target',
    'stats',
    'task_ttl',
    '*',
    'a.b.c',
  ],
  pageToken: ['bad', 'WyJhIl0', 'e30'],
  type_url: ['type.googleapis.com/google.protobuf.Empty', 'nothing'],
};
const INTEGERS = [0, 1, -1, 2, 5, 100, 1_000, 65_536, 2_147_483_647, -2_147_483_648];
const NUMBERS = [0, 1, -1, 0.5, 499.9, 501, 5e-324, 1e308, Number.NaN, Number.POSITIVE_INFINITY];
const SECONDS = [0, 1, -1, 15, 1_800, 4e9, 253_402_300_799, 253_402_300_800, -62_135_596_801, 9e15];
const NANOS = [0, 1, -1, 999_999_999, 1_000_000_000, 2_147_483_647];
const MAX_DEPTH = 6;

/** A message of that type with likely and odd values, in the plain form that protobufjs takes. */
export function randomMessage(random: Random, type: Type, depth = 0): Record<string, unknown> {
  if (/\.(Timestamp|Duration)$/.test(type.fullName)) {
    return { seconds: random.pick(SECONDS), nanos: random.pick(NANOS) };
  }
  const message: Record<string, unknown> = {};
  const share = depth === 0 ? 0.85 : 0.4;
  for (const field of type.fieldsArray) {
    field.resolve();
    if (random.fraction() > share || (field.partOf && hasOneOf(message, field))) continue;
    if (field.map) {
      const keys = Array.from({ length: random.below(3) }, () => random.pick(['X-A', 'host', ...ODD_TEXTS]));
      message[field.name] = Object.fromEntries(
        keys.map((key) => [
          (field as unknown as protobuf.MapField).keyType === 'string' ? key : random.below(9),
          randomValue(random, field, depth),
        ]),
      );
    } else if (field.repeated) {
      const count = random.fraction() < 0.01 ? 101 : random.below(4);
      message[field.name] = Array.from({ length: count }, () => randomValue(random, field, depth));
    } else {
      message[field.name] = randomValue(random, field, depth);
    }
    if (depth === 0 && field.type === 'string' && random.fraction() < 0.8) {
      message[field.name] = random.pick(resourcesOf(type, field) ?? [message[field.name]]);
    }
  }
  return message;
}

/** Names of the kind that a request is about; undefined where the field is no name. */
function resourcesOf({ name: message }: Type, { name }: Field): readonly string[] | undefined {
  if (!['name', 'parent', 'resource', 'queue'].includes(name)) return undefined;
  if (message.includes('Cmek')) return CMEK_CONFIGS;
  if (message.includes('Operation')) return OPERATIONS;
  if (/^(List|Create)Queue/.test(message)) return LOCATIONS;
  const isTask = /Task|Lease/.test(message) && name === 'name';
  return isTask ? TASKS : QUEUES;
}

function hasOneOf(message: object, field: Field): boolean {
  return (field.partOf?.fieldsArray ?? []).some(({ name }) => name in message);
}

function randomValue(random: Random, { name, type, resolvedType }: Field, depth: number): unknown {
  if (resolvedType instanceof protobuf.Type) {
    return depth < MAX_DEPTH ? randomMessage(random, resolvedType, depth + 1) : {};
  }
  if (resolvedType !== null) return random.pick([0, 1, 2, 3, 7, -1, 99]);
  switch (type) {
    case 'string':
      return random.fraction() < 0.85 ? random.pick(TEXTS[name] ?? ODD_TEXTS) : random.pick(ODD_TEXTS);
    case 'bytes':
      return Buffer.from(random.pick(['', 'body', '\u00ff\u0000', 'x'.repeat(5_000)]), 'latin1');
    case 'bool':
      return random.fraction() < 0.5;
    case 'double':
    case 'float':
      return random.pick(NUMBERS);
    default:
      return random.pick(INTEGERS);
  }
}
