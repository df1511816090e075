import { canonicalJson, type TaskContract } from '@waybill/contract-kit';
import { type JsonSchema, samplePayloads } from '@waybill/schema-evolution';
import type { ContractHistory, PublishedSchema } from './contract-history.ts';

const MAX_FIXTURES = 6;

/** Settings of {@link recordSchema}. */
export interface RecordOptions {
  /** The schemas that are published already. */
  readonly published: readonly PublishedSchema[];
  /** As `2026-11-21`. */
  readonly today: string;
  /** Whether every worker reads the schema before anything of it is enqueued. */
  readonly readersFirst: boolean;
}

/** A contract's history with its present schema at the end. Fixtures are its example and sample payloads. */
export function recordSchema(contract: TaskContract, options: RecordOptions): ContractHistory {
  const { published, today, readersFirst } = options;
  const { name, version, schema, schemaHash } = contract;
  if (published.at(-1)?.schemaHash === schemaHash) return { contract: name, version, published };
  const entry: PublishedSchema = {
    recordedOn: today,
    schemaHash,
    ...(readersFirst && { readersFirst }),
    schema,
    fixtures: fixturesOf(contract),
  };
  return { contract: name, version, published: [...published, entry] };
}

function fixturesOf({ schema, example, violations }: TaskContract): unknown[] {
  const all = [example, ...samplePayloads(schema as JsonSchema)].map((value) => canonicalJson(value));
  return [...new Set(all)]
    .map((text) => JSON.parse(text) as unknown)
    .filter((payload) => violations(payload).length === 0)
    .slice(0, MAX_FIXTURES);
}
