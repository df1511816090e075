import type { ContractVersions } from '@waybill/contract-kit';
import { notifyWarehouseV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const notifyWarehouse = notifyWarehouseV1;

export const notifyWarehouseVersions: ContractVersions = {
  contracts: [notifyWarehouseV1],
  upCasters: [],
};
