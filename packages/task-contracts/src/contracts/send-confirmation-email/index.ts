import type { ContractVersions } from '@waybill/contract-kit';
import { sendConfirmationEmailV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const sendConfirmationEmail = sendConfirmationEmailV1;

export const sendConfirmationEmailVersions: ContractVersions = {
  contracts: [sendConfirmationEmailV1],
  upCasters: [],
};
