import { type IndexFile, readIndexFile } from '@waybill/google-config';
import { DeploymentError } from '../deployment-error.ts';
import { asDeploymentError } from './as-deployment-error.ts';

/**
 * Reads a firestore.indexes.json.
 * @throws {DeploymentError} naming every problem; a field with indexes of its own is one, for no command makes them
 */
export function readDeployableIndexes(file: string): IndexFile {
  const content = asDeploymentError(() => readIndexFile(file));
  const unsupported = content.fieldOverrides.filter(({ indexes }) => indexes.length > 0);
  if (unsupported.length === 0) return content;
  throw new DeploymentError(
    unsupported
      .map(
        ({ collectionGroup, fieldPath }) =>
          `${file}: ${collectionGroup}.${fieldPath} has indexes of its own, which is not known here: teach index-commands.ts and index-drift.ts`,
      )
      .join('\n'),
  );
}
