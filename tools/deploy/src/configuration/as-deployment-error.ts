import { YamlFileError } from '@waybill/google-config';
import { DeploymentError } from '../deployment-error.ts';

/** Reads a configuration file. @throws {DeploymentError} naming each problem with its file and line */
export function asDeploymentError<Content>(read: () => Content): Content {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof YamlFileError)) throw error;
    throw new DeploymentError(error.message, { cause: error });
  }
}
