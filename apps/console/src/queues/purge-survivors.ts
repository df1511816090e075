import type { Catalogue } from '@waybill/contract-kit';
import { isPartOf } from './is-part-of.ts';

/** The names of the contracts whose tasks the sweep sends again after a purge of that queue. */
export function purgeSurvivors(catalogue: Catalogue, physicalQueue: string): string[] {
  const survivors = catalogue.contracts.filter(
    ({ queue, survivesPurge }) => survivesPurge && isPartOf(queue, physicalQueue),
  );
  return [...new Set(survivors.map(({ name }) => name))].sort();
}
