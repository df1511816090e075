import type { ContractVersions } from '@waybill/contract-kit';
import { generateReceiptV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const generateReceipt = generateReceiptV1;

export const generateReceiptVersions: ContractVersions = {
  contracts: [generateReceiptV1],
  upCasters: [],
};
