import { canonicalJson, type TaskContract } from '@waybill/contract-kit';
import { type JsonSchema, samplePayloads } from '@waybill/schema-evolution';
import { type ContractHistory, type PublishedSchema, publishedEntries, termsOf } from './contract-history.ts';

const MAX_FIXTURES = 6;

/** Settings of {@link recordSchema}. */
export interface RecordOptions {
  /** The history that is published already; undefined if nothing of the version is. */
  readonly published: ContractHistory | undefined;
  /** As `2026-11-21`. */
  readonly today: string;
  /** Whether the generator made the schema, so that the entry does not count as published. Default false. */
  readonly placeholder?: boolean;
}

/**
 * A contract's history with its present schema and terms at the end. Fixtures are its example and sample payloads. An entry
 * that was recorded before terms were gets the present ones.
 */
export function recordSchema(contract: TaskContract, options: RecordOptions): ContractHistory {
  const { today, placeholder = false } = options;
  const { name, version, schema, schemaHash } = contract;
  const retiredOn = options.published?.retiredOn;
  const subject = { contract: name, version, ...(retiredOn !== undefined && { retiredOn }) };
  const published = publishedEntries(options.published);
  const terms = termsOf(contract);
  const last = published.at(-1);
  if (last !== undefined && last.schemaHash === schemaHash && last.terms === undefined) {
    const { schema: recorded, fixtures, ...rest } = last;
    const migrated: PublishedSchema = { ...rest, terms, schema: recorded, fixtures };
    return { ...subject, published: [...published.slice(0, -1), migrated] };
  }
  if (last !== undefined && isRecordedBy(contract, last)) return { ...subject, published };
  const entry: PublishedSchema = {
    recordedOn: today,
    schemaHash,
    ...(placeholder && { placeholder }),
    terms,
    schema,
    fixtures: fixturesOf(contract),
  };
  return { ...subject, published: [...published, entry] };
}

/** Whether an entry holds a contract's present schema and terms. */
export function isRecordedBy(contract: TaskContract, { schemaHash, terms }: PublishedSchema): boolean {
  return (
    schemaHash === contract.schemaHash && canonicalJson(terms ?? null) === canonicalJson(termsOf(contract))
  );
}

function fixturesOf({ schema, example, violations }: TaskContract): unknown[] {
  const all = [example, ...samplePayloads(schema as JsonSchema)].map((value) => canonicalJson(value));
  return [...new Set(all)]
    .map((text) => JSON.parse(text) as unknown)
    .filter((payload) => violations(payload).length === 0)
    .slice(0, MAX_FIXTURES);
}
