// For the services: the catalogue, and the newest version of each contract.

export { catalogue } from './contracts/catalogue.ts';
export * from './contracts/registry.ts';
