import {
  type Catalogue,
  newestReachable,
  type TaskContract,
  UpCastError,
  upCast,
} from '@waybill/contract-kit';
import { coveringPayloads, type JsonSchema } from '@waybill/schema-evolution';
import type { PublishedSchema } from './contract-history.ts';

/** In characters. Longer examples are cut. */
const MAX_EXAMPLE_LENGTH = 300;

/** Problems of an older version: its fixtures, and payloads that cover its schema, must be convertible to the newest. */
export function migrationProblems(
  catalogue: Catalogue,
  contract: TaskContract,
  published: readonly PublishedSchema[],
): string[] {
  const newest = catalogue.newest(contract.name);
  if (newest === undefined || newest === contract) return [];
  const reached = newestReachable(catalogue, contract);
  if (reached !== newest) {
    return [
      `no up-caster leads from v${reached.version} on to v${newest.version}: the newest handler can’t read its payloads`,
    ];
  }
  const payloads = [
    ...published.flatMap(({ fixtures, recordedOn }) =>
      fixtures.map((payload, index) => [`fixture ${index} of ${recordedOn}`, payload] as const),
    ),
    ...coveringPayloads(contract.schema as JsonSchema).map((payload) => ['a payload', payload] as const),
  ];
  const problems = new Map<string, string>();
  for (const [name, payload] of payloads) {
    if (contract.violations(payload).length > 0) continue;
    try {
      upCast(catalogue, contract, newest, payload);
    } catch (error) {
      if (!(error instanceof UpCastError)) throw error;
      // Hundreds of payloads may break one condition: the first of them shows it.
      const problem = `${name}: ${error.message}; for example ${shortText(payload)}`;
      if (!problems.has(error.message)) problems.set(error.message, problem);
    }
  }
  return [...problems.values()];
}

function shortText(payload: unknown): string {
  const text = JSON.stringify(payload);
  return text.length > MAX_EXAMPLE_LENGTH
    ? `${text.slice(0, MAX_EXAMPLE_LENGTH)}… (${text.length} characters)`
    : text;
}
