import { declaredSecrets, folderOfService } from '@waybill/google-config';
import { DeploymentError } from '../deployment-error.ts';

/**
 * The environment variables that a service gets from Secret Manager, where secrets of the same names hold their values:
 * `waybill.secrets` in its package.json. App Engine itself can't read them from there.
 * @throws {DeploymentError} if the list is no list of names
 */
export function secretsOfService(rootDir: string, service: string): readonly string[] {
  try {
    return declaredSecrets(rootDir, folderOfService(service));
  } catch (error) {
    throw new DeploymentError((error as Error).message, { cause: error });
  }
}
