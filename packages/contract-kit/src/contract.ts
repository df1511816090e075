import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import { hashOfJson } from './canonical-json.ts';
import { ContractDefinitionError, ContractViolationError, type Violation } from './errors.ts';
import { createSchemaValidator } from './schema-validator.ts';

/** When a task's attempts are over; whichever comes first makes it a dead letter. */
export interface TaskLimits {
  /** How many times its handler may be started. */
  readonly maxAttempts: number;
  /** How long after its first attempt it may still be started, in seconds. */
  readonly maxAgeSeconds: number;
}

/** What a team writes down about one version of a task. */
export interface ContractDefinition<Schema = object> {
  /** What the task does, as verb and object in kebab case: `charge-payment`. */
  readonly name: string;
  /** From 1, counted up with each change that an older reader or writer could not live with. */
  readonly version: number;
  /** For people: what the task does and what its effect is. */
  readonly description: string;
  /** A queue of queue-config/queues.yaml. */
  readonly queue: string;
  /** The App Engine service whose handler does it. Default `worker`. */
  readonly service?: string;
  /** How long one attempt of its handler may take, in seconds, 1 to 570. Default 60. */
  readonly deadlineSeconds?: number;
  /** How long after it is enqueued it is delivered, in seconds, where the call does not say. Default 0: at once. */
  readonly delaySeconds?: number;
  /** Default 5 attempts, 24 hours. */
  readonly limits?: Partial<TaskLimits>;
  /**
   * Whether a purge of its queue leaves it to be done: the sweep sends it again instead of giving it up. For a task that
   * compensates, whose loss would keep a customer's money or stock. Default false.
   */
  readonly survivesPurge?: boolean;
  /** JSON Schema 2020-12 of the payload, an object that refuses unknown members. */
  readonly schema: Schema;
  /** A payload as it could be sent. */
  readonly example: unknown;
}

/** One version of a task: everything that producer, queue, worker and documents need to know about it. */
export interface TaskContract<Payload = unknown> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly queue: string;
  readonly service: string;
  readonly deadlineSeconds: number;
  /** How long after it is enqueued it is delivered, in seconds, where the call does not say. 0: at once. */
  readonly delaySeconds: number;
  readonly limits: TaskLimits;
  /** Whether the sweep sends it again where its queue was purged. */
  readonly survivesPurge: boolean;
  readonly schema: object;
  readonly example: Payload;
  /** Where the worker takes it: `/tasks/<name>/v<version>`. */
  readonly path: string;
  /** SHA-256 of the schema's canonical JSON: tells whether two processes read payloads alike. */
  readonly schemaHash: string;
  /** All that is wrong with a payload; empty if it matches. */
  violations(payload: unknown): readonly Violation[];
  /**
   * Hands back a payload that matches, with its type.
   * @throws {ContractViolationError} if it does not match
   */
  parse(payload: unknown): Payload;
}

/** The payload's type. */
export type PayloadOf<C> = C extends TaskContract<infer Payload> ? Payload : never;

const DEFAULT_LIMITS: TaskLimits = { maxAttempts: 5, maxAgeSeconds: 86_400 };
/** App Engine's automatic scaling ends a request after 10 minutes; the rest is for claim and finish. */
const MAX_DEADLINE_SECONDS = 570;
const KEYS: readonly string[] = [
  'name',
  'version',
  'description',
  'queue',
  'service',
  'deadlineSeconds',
  'delaySeconds',
  'limits',
  'survivesPurge',
  'schema',
  'example',
] satisfies (keyof ContractDefinition)[];
const LIMIT_KEYS: readonly string[] = ['maxAttempts', 'maxAgeSeconds'] satisfies (keyof TaskLimits)[];
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Makes a contract of its definition. The validator is compiled at its first use.
 * @throws {ContractDefinitionError} naming everything that is wrong with the definition itself
 */
export function defineContract<const S extends JSONSchema>(
  typed: ContractDefinition<S>,
): TaskContract<FromSchema<S>> {
  // Inside, the payload's type is of no use, and following it through a generic schema is beyond the compiler.
  return contractOf(typed as unknown as ContractDefinition) as unknown as TaskContract<FromSchema<S>>;
}

/**
 * The same for a definition that is made up while the program runs, so that its payload has no type.
 * @throws {ContractDefinitionError} naming everything that is wrong with the definition itself
 */
export function contractOf(definition: ContractDefinition): TaskContract {
  const { name, version, description, queue, schema, example } = definition;
  // Defaults replace absent members only: null is a value, and a wrong one.
  const { service = 'worker', deadlineSeconds = 60, delaySeconds = 0, survivesPurge = false } = definition;
  const limits = { ...DEFAULT_LIMITS, ...definition.limits };
  const subject = `Task "${name}" v${version}`;

  const problems: string[] = [];
  const must = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  problems.push(...unknownKeys(definition, KEYS, ''), ...unknownKeys(limits, LIMIT_KEYS, 'limits.'));
  must(NAME.test(name) && name.length <= 60, 'name must be kebab case and at most 60 characters');
  must(Number.isInteger(version) && version >= 1, `version must be a whole number from 1, got ${version}`);
  must(description.length > 0, 'description must say what the task does');
  must(
    typeof queue === 'string' && /^[A-Za-z0-9-]{1,100}$/.test(queue),
    `queue must be a queue's name, got "${queue}"`,
  );
  must(
    typeof service === 'string' && NAME.test(service),
    `service must be an App Engine service's name, got "${service}"`,
  );
  must(
    Number.isInteger(deadlineSeconds) && deadlineSeconds >= 1 && deadlineSeconds <= MAX_DEADLINE_SECONDS,
    `deadlineSeconds must be a whole number from 1 to ${MAX_DEADLINE_SECONDS}, got ${deadlineSeconds}`,
  );
  must(
    Number.isFinite(delaySeconds) && delaySeconds >= 0,
    `delaySeconds must be a number from 0, got ${delaySeconds}`,
  );
  must(definition.limits !== null, 'limits must be an object, got null');
  must(
    Number.isInteger(limits.maxAttempts) && limits.maxAttempts >= 1,
    `limits.maxAttempts must be a whole number from 1, got ${limits.maxAttempts}`,
  );
  must(
    Number.isInteger(limits.maxAgeSeconds) && limits.maxAgeSeconds >= 1,
    `limits.maxAgeSeconds must be a whole number from 1, got ${limits.maxAgeSeconds}`,
  );
  must(typeof survivesPurge === 'boolean', `survivesPurge must be true or false, got ${survivesPurge}`);
  if (problems.length > 0) throw new ContractDefinitionError(subject, problems);

  let validator: ((value: unknown) => Violation[]) | undefined;
  const violations = (payload: unknown): readonly Violation[] => {
    validator ??= compile(subject, schema);
    return validator(payload);
  };
  return {
    name,
    version,
    description,
    queue,
    service,
    deadlineSeconds,
    delaySeconds,
    limits,
    survivesPurge,
    schema,
    example,
    path: `/tasks/${name}/v${version}`,
    schemaHash: hashOfJson(schema),
    violations,
    parse(payload) {
      const found = violations(payload);
      if (found.length > 0) throw new ContractViolationError(subject, found);
      return payload;
    },
  };
}

function unknownKeys(given: object, known: readonly string[], prefix: string): string[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `unknown key "${prefix}${key}"; known are ${known.join(', ')}`);
}

function compile(subject: string, schema: object): (value: unknown) => Violation[] {
  try {
    return createSchemaValidator(schema);
  } catch (error) {
    throw new ContractDefinitionError(subject, [`schema: ${(error as Error).message}`], error);
  }
}
