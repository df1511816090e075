import type { ContractVersions } from '@waybill/contract-kit';
import { sendFollowupEmailV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const sendFollowupEmail = sendFollowupEmailV1;

export const sendFollowupEmailVersions: ContractVersions = {
  contracts: [sendFollowupEmailV1],
  upCasters: [],
};
