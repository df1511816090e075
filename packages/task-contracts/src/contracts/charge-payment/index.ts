import type { ContractVersions } from '@waybill/contract-kit';
import { chargePaymentV1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const chargePayment = chargePaymentV1;

export const chargePaymentVersions: ContractVersions = {
  contracts: [chargePaymentV1],
  upCasters: [],
};
