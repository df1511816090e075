import type * as contracts from './contracts/registry.ts';

/**
 * The exported names of the contracts of one service. A service's table of handlers has one for each:
 * `satisfies Record<ContractNameOf<'worker'>, TaskHandler>`.
 */
export type ContractNameOf<Service extends string> = {
  [Name in keyof typeof contracts]: (typeof contracts)[Name] extends { schemaHash: string; service: Service }
    ? Name
    : never;
}[keyof typeof contracts];

// For the services: the catalogue, and the newest version of each contract.

export { catalogue } from './contracts/catalogue.ts';
export * from './contracts/registry.ts';
