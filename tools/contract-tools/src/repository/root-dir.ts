import { join } from 'node:path';

/** The folder of the repository that this command is a part of. */
export const ownRootDir = join(import.meta.dirname, '../../../..');
