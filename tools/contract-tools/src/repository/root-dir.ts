import { join } from 'node:path';

/** The repository's folder. */
export const rootDir = join(import.meta.dirname, '../../../..');
