import { DeploymentError } from '../deployment-error.ts';

/**
 * Does some work; the error of work that fails ends with the remedy.
 * @param place put before the error's message
 * @throws {DeploymentError}
 */
export async function withRemedy<T>(work: () => Promise<T>, remedy: string, place = ''): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new DeploymentError(`${place}${error.message}\n${remedy}`, { cause: error });
  }
}
