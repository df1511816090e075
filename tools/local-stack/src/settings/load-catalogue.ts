import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Catalogue, defineCatalogue } from '@waybill/contract-kit';

/** Loads the contracts of another application than this repository's, for the banner; none where it keeps them elsewhere. */
export async function loadCatalogue(rootDir: string): Promise<Catalogue> {
  const index = join(rootDir, 'packages/task-contracts/src/index.ts');
  if (!existsSync(index)) return defineCatalogue([]);
  return ((await import(pathToFileURL(index).href)) as { catalogue: Catalogue }).catalogue;
}
