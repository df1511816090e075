import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Catalogue } from '@waybill/contract-kit';
import { ownRootDir } from './root-dir.ts';

const CONTRACTS_INDEX = 'packages/task-contracts/src/index.ts';

/**
 * Loads the application's catalogue. A command loads it when it runs, so that an error in a contract's file is reported like
 * any other.
 * @param rootDir the repository
 */
export async function loadCatalogue(rootDir: string): Promise<Catalogue> {
  if (rootDir === ownRootDir) return (await import('@waybill/task-contracts')).catalogue;
  const url = pathToFileURL(join(rootDir, CONTRACTS_INDEX)).href;
  return ((await import(url)) as { catalogue: Catalogue }).catalogue;
}
