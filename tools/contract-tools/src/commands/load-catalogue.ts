import type { Catalogue } from '@waybill/contract-kit';

/**
 * Loads the application's catalogue. A command loads it when it runs, so that an error in a contract's file is reported like
 * any other.
 */
export async function loadCatalogue(): Promise<Catalogue> {
  return (await import('@waybill/task-contracts')).catalogue;
}
