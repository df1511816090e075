// One line for each contract, in any order: Git keeps the lines of both sides when it merges this file (.gitattributes).
// Each contract's own folder says which versions there are.

export * from './charge-payment/index.ts';
export * from './generate-receipt/index.ts';
export * from './notify-warehouse/index.ts';
export * from './refund-payment/index.ts';
export * from './release-inventory/index.ts';
export * from './reserve-inventory/index.ts';
export * from './send-cancellation-email/index.ts';
export * from './send-confirmation-email/index.ts';
export * from './send-followup-email/index.ts';
