import { subjectProblems } from './subject-template.ts';

/** The limits of a task's attempts. The first one reached makes it a dead letter. */
export interface TaskLimits {
  /** Maximum number of times that its handler is started. */
  readonly maxAttempts: number;
  /** Maximum time from its first attempt to the start of its last, in seconds. */
  readonly maxAgeSeconds: number;
}

/** The definition of one version of a task, as a team writes it. */
export interface ContractDefinition<Schema = object, Outcome extends string = string> {
  /** The action as verb and object in kebab case: `charge-payment`. */
  readonly name: string;
  /** From 1, incremented with each change that an older reader or writer cannot handle. */
  readonly version: number;
  /** The action and its effect, for people. */
  readonly description: string;
  /** The team or person that changes are reviewed by, as CODEOWNERS names them: `@waybill/payments`, or an e-mail address. */
  readonly owner?: string;
  /** A queue of queue-config/queues.yaml. */
  readonly queue: string;
  /** The App Engine service whose handler executes it. Default `worker`. */
  readonly service?: string;
  /** Deadline of one attempt of its handler, in seconds, 1 to 570. Default 60. */
  readonly deadlineSeconds?: number;
  /** Delay from enqueue to delivery, in seconds, if the call sets none. Default 0: at once. */
  readonly delaySeconds?: number;
  /** Default 5 attempts, 24 hours. */
  readonly limits?: Partial<TaskLimits>;
  /**
   * Whether the sweep sends it again after its queue was purged, instead of giving it up. For a task that compensates: its
   * loss would keep a customer's money or stock. Default false.
   */
  readonly survivesPurge?: boolean;
  /**
   * The thing that a task is about, from its payload: `orders/{orderId}`. Each name in braces is a required member of the
   * payload, a text or a whole number. Default: the producer names it with each task.
   */
  readonly subject?: string;
  /**
   * Expected ends other than plain success: `['declined']`. A handler that finishes with one has succeeded. Default: none.
   */
  readonly outcomes?: readonly Outcome[];
  /** JSON Schema 2020-12 of the payload: an object that rejects unknown members. */
  readonly schema: Schema;
  /** A payload as a producer sends it. */
  readonly example: unknown;
}

/** A definition with its defaults filled in. */
export type CompleteDefinition = Required<Omit<ContractDefinition, 'limits' | 'subject' | 'owner'>> & {
  readonly limits: TaskLimits;
  readonly subject: string | undefined;
  readonly owner: string | undefined;
};

/**
 * The maximum deadline of one attempt. App Engine's automatic scaling ends a request after 10 minutes; the remaining 30 s are
 * for claim and finish.
 */
export const MAX_DEADLINE_SECONDS = 570;
/** The maximum delay of a task: ten years. Firestore holds no time after the year 9999. */
export const MAX_DELAY_SECONDS = 315_360_000;
const DEFAULT_LIMITS: TaskLimits = { maxAttempts: 5, maxAgeSeconds: 86_400 };
const MAX_NAME_LENGTH = 60;
const MAX_OUTCOMES = 20;
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** The forms of an owner in CODEOWNERS. */
const OWNER = /^(?:@[\w-]+(?:\/[\w.-]+)?|[^\s@<>#]+@[^\s@<>#]+)$/;
const QUEUE_NAME = /^[A-Za-z0-9-]{1,100}$/;

const KEYS: readonly string[] = [
  'name',
  'version',
  'description',
  'owner',
  'queue',
  'service',
  'deadlineSeconds',
  'delaySeconds',
  'limits',
  'survivesPurge',
  'subject',
  'outcomes',
  'schema',
  'example',
] satisfies (keyof ContractDefinition)[];
const LIMIT_KEYS: readonly string[] = ['maxAttempts', 'maxAgeSeconds'] satisfies (keyof TaskLimits)[];

/** Whether a name is valid for a contract: kebab case and at most 60 characters. */
export function isContractName(name: string): boolean {
  return NAME.test(name) && name.length <= MAX_NAME_LENGTH;
}

/** Whether a name is valid for an owner: a team or a user of the code host, or an e-mail address. */
export function isOwner(name: string): boolean {
  return OWNER.test(name);
}

/** Fills in a definition's defaults. They replace absent members only: null is a value, and an invalid one. */
export function completeDefinition(definition: ContractDefinition): CompleteDefinition {
  const { service = 'worker', deadlineSeconds = 60, delaySeconds = 0, survivesPurge = false } = definition;
  const { subject, owner, outcomes = [] } = definition;
  const limits = { ...DEFAULT_LIMITS, ...definition.limits };
  return {
    ...definition,
    service,
    deadlineSeconds,
    delaySeconds,
    survivesPurge,
    subject,
    owner,
    outcomes,
    limits,
  };
}

/** All problems of a definition, except those of its schema; none if it is valid. See schema-dialect.ts for its schema. */
export function definitionProblems(definition: ContractDefinition): string[] {
  const { name, version, description, queue, service, deadlineSeconds, delaySeconds, limits, survivesPurge } =
    completeDefinition(definition);
  const rules: readonly (readonly [isMet: boolean, problem: string])[] = [
    [isContractName(name), `name must be kebab case and at most ${MAX_NAME_LENGTH} characters`],
    [isCount(version), `version must be a whole number from 1, got ${version}`],
    [description.length > 0, 'description must say what the task does'],
    [
      definition.owner === undefined || isOwner(definition.owner),
      `owner must be like @waybill/payments or ada@example.com, got "${definition.owner}"`,
    ],
    [typeof queue === 'string' && QUEUE_NAME.test(queue), `queue must be a queue's name, got "${queue}"`],
    [
      typeof service === 'string' && NAME.test(service),
      `service must be an App Engine service's name, got "${service}"`,
    ],
    [
      isCount(deadlineSeconds) && deadlineSeconds <= MAX_DEADLINE_SECONDS,
      `deadlineSeconds must be a whole number from 1 to ${MAX_DEADLINE_SECONDS}, got ${deadlineSeconds}`,
    ],
    [
      isDelay(delaySeconds),
      `delaySeconds must be a number from 0 to ${MAX_DELAY_SECONDS} (ten years), got ${delaySeconds}`,
    ],
    [definition.limits !== null, 'limits must be an object, got null'],
    [
      isCount(limits.maxAttempts),
      `limits.maxAttempts must be a whole number from 1, got ${limits.maxAttempts}`,
    ],
    [
      isCount(limits.maxAgeSeconds),
      `limits.maxAgeSeconds must be a whole number from 1, got ${limits.maxAgeSeconds}`,
    ],
    [typeof survivesPurge === 'boolean', `survivesPurge must be true or false, got ${survivesPurge}`],
  ];
  return [
    ...unknownKeys(definition, KEYS, ''),
    ...unknownKeys(limits, LIMIT_KEYS, 'limits.'),
    ...rules.flatMap(([isMet, problem]) => (isMet ? [] : [problem])),
    ...outcomeProblems(definition.outcomes),
    ...(definition.subject === undefined ? [] : subjectProblems(definition.subject, definition.schema)),
  ];
}

/** Whether a task may be delayed by so many seconds. */
export function isDelay(seconds: number): boolean {
  return typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_DELAY_SECONDS;
}

function outcomeProblems(outcomes: readonly string[] | undefined): string[] {
  if (outcomes === undefined) return [];
  if (!Array.isArray(outcomes) || outcomes.length > MAX_OUTCOMES) {
    return [`outcomes must be a list of at most ${MAX_OUTCOMES} names`];
  }
  const invalid = outcomes.filter((outcome) => typeof outcome !== 'string' || !isContractName(outcome));
  const isUnique = new Set(outcomes).size === outcomes.length;
  return [
    ...invalid.map(
      (outcome) =>
        `outcomes must be kebab case and at most ${MAX_NAME_LENGTH} characters, got ${JSON.stringify(outcome)}`,
    ),
    ...(isUnique ? [] : ['outcomes must differ from each other']),
  ];
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function unknownKeys(given: object, known: readonly string[], prefix: string): string[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `unknown key "${prefix}${key}"; known are ${known.join(', ')}`);
}
