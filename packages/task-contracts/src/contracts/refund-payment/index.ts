import type { ContractVersions } from '@waybill/contract-kit';
import { refundPaymentV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const refundPayment = refundPaymentV1;

export const refundPaymentVersions: ContractVersions = {
  contracts: [refundPaymentV1],
  upCasters: [],
};
