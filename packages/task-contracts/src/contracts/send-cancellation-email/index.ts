import type { ContractVersions } from '@waybill/contract-kit';
import { sendCancellationEmailV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const sendCancellationEmail = sendCancellationEmailV1;

export const sendCancellationEmailVersions: ContractVersions = {
  contracts: [sendCancellationEmailV1],
  upCasters: [],
};
