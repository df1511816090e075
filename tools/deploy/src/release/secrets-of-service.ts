import { declaredSecrets, folderOfService } from '@waybill/google-config';
import { DeploymentError } from '../deployment-error.ts';

/**
 * The environment variables that refer to secrets of the same names in Secret Manager: `waybill.secrets` in the service's
 * package.json.
 * @throws {DeploymentError} if the list is no list of names
 */
export function secretsOfService(rootDir: string, service: string): readonly string[] {
  try {
    return declaredSecrets(rootDir, folderOfService(service));
  } catch (error) {
    throw new DeploymentError((error as Error).message, { cause: error });
  }
}
