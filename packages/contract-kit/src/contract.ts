import type { JSONSchema } from 'json-schema-to-ts';
import { hashOfJson } from './canonical-json.ts';
import { refusesUnknownMembers } from './closed-root.ts';
import {
  type ContractDefinition,
  completeDefinition,
  definitionProblems,
  type TaskLimits,
} from './contract-definition.ts';
import { ContractDefinitionError, ContractViolationError, type Violation } from './errors.ts';
import type { PayloadOfSchema } from './payload-of-schema.ts';
import { dialectProblems } from './schema-dialect.ts';
import { createSchemaValidator } from './schema-validator.ts';
import { subjectFrom } from './subject-template.ts';

/** One version of a task, as producer, queue, worker and documents use it. */
export interface TaskContract<Payload = unknown, Outcome extends string = string> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  /** The team or person that changes are reviewed by; undefined if the definition names none. */
  readonly owner: string | undefined;
  readonly queue: string;
  readonly service: string;
  readonly deadlineSeconds: number;
  /** Delay from enqueue to delivery, in seconds, if the call sets none. 0: at once. */
  readonly delaySeconds: number;
  readonly limits: TaskLimits;
  /** Whether the sweep sends it again after its queue was purged. */
  readonly survivesPurge: boolean;
  /** The template of its tasks' subject; undefined: the producer names the subject of each task. */
  readonly subject: string | undefined;
  /** Expected ends other than plain success. */
  readonly outcomes: readonly Outcome[];
  readonly schema: object;
  readonly example: Payload;
  /** The worker's path: `/tasks/<name>/v<version>`. */
  readonly path: string;
  /** SHA-256 of the schema's canonical JSON. Two processes with the same hash read payloads alike. */
  readonly schemaHash: string;
  /** All violations of a payload; empty if it matches. */
  violations(payload: unknown): readonly Violation[];
  /**
   * Returns a payload that matches, with its type.
   * @throws {ContractViolationError} if it does not match
   */
  parse(payload: unknown): Payload;
  /** The subject that a payload's task has; undefined without a template, or if the payload gives none. */
  subjectOf(payload: unknown): string | undefined;
}

/**
 * The exported names of the contracts of one service, of a module of contracts. A service's table of handlers has one for
 * each: `satisfies Record<ContractNameOf<typeof contracts, 'billing'>, TaskHandler>`.
 */
export type ContractNameOf<Contracts, Service extends string> = {
  [Name in keyof Contracts]: Contracts[Name] extends { schemaHash: string; service: Service } ? Name : never;
}[keyof Contracts];

/** The payload's type. */
export type PayloadOf<C> = C extends TaskContract<infer Payload> ? Payload : never;

/**
 * Defines a contract, with its payload's type and its service's name as a type. The validator is compiled at its first
 * use.
 * @throws {ContractDefinitionError} with all problems of the definition
 */
export function defineContract<
  const S extends JSONSchema,
  const Outcome extends string = never,
  const Service extends string = 'worker',
>(
  typed: ContractDefinition<S, Outcome> & { readonly service?: Service },
): TaskContract<PayloadOfSchema<S>, Outcome> & { readonly service: Service } {
  // The compiler cannot follow the payload's type through a generic schema.
  const contract: unknown = defineUntypedContract(typed as unknown as ContractDefinition);
  return contract as TaskContract<PayloadOfSchema<S>, Outcome> & { readonly service: Service };
}

/**
 * Defines a contract whose definition is made at run time, so that its payload has no type.
 * @throws {ContractDefinitionError} with all problems of the definition
 */
export function defineUntypedContract(definition: ContractDefinition): TaskContract {
  const { name, version, schema, subject: template } = definition;
  const subject = `Task "${name}" v${version}`;
  const problems = [
    ...definitionProblems(definition),
    ...schemaProblems(schema).map((problem) => `schema: ${problem}`),
  ];
  if (problems.length > 0) throw new ContractDefinitionError(subject, problems);

  let validator: ((value: unknown) => Violation[]) | undefined;
  const violations = (payload: unknown): readonly Violation[] => {
    validator ??= compileValidator(subject, schema);
    return validator(payload);
  };
  return {
    ...completeDefinition(definition),
    path: `/tasks/${name}/v${version}`,
    schemaHash: hashOfJson(schema),
    violations,
    parse(payload) {
      const found = violations(payload);
      if (found.length > 0) throw new ContractViolationError(subject, found);
      return payload;
    },
    subjectOf: (payload) => (template === undefined ? undefined : subjectFrom(template, payload)),
  };
}

function schemaProblems(schema: object): readonly string[] {
  const problems = dialectProblems(schema);
  if (problems.length > 0 || refusesUnknownMembers(schema)) return problems;
  return [
    'it accepts members that it does not name, so a misspelled one would be lost; write "additionalProperties": false beside "properties", or "unevaluatedProperties": false beside "allOf" or "$ref"',
  ];
}

function compileValidator(subject: string, schema: object): (value: unknown) => Violation[] {
  try {
    return createSchemaValidator(schema);
  } catch (error) {
    throw new ContractDefinitionError(subject, [`schema: ${(error as Error).message}`], error);
  }
}
