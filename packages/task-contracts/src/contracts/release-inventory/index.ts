import type { ContractVersions } from '@waybill/contract-kit';
import { releaseInventoryV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const releaseInventory = releaseInventoryV1;

export const releaseInventoryVersions: ContractVersions = {
  contracts: [releaseInventoryV1],
  upCasters: [],
};
