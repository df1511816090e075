import type { ContractVersions } from '@waybill/contract-kit';
import { reserveInventoryV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const reserveInventory = reserveInventoryV1;

export const reserveInventoryVersions: ContractVersions = {
  contracts: [reserveInventoryV1],
  upCasters: [],
};
