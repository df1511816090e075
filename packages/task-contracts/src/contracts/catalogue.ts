import { type Catalogue, type ContractVersions, defineCatalogue } from '@waybill/contract-kit';
import { queueShards } from './queue-shards.ts';
import * as registry from './registry.ts';

const versions: readonly ContractVersions[] = Object.values(registry).filter((value) => 'upCasters' in value);

/** All contracts, in every version that may still be in a queue. */
export const catalogue: Catalogue = defineCatalogue(
  versions.flatMap(({ contracts }) => contracts),
  versions.flatMap(({ upCasters }) => upCasters),
  queueShards,
);
