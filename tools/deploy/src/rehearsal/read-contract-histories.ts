import { type ContractHistory, parseHistory, readHistoryFiles } from '@waybill/contract-tools';
import { DeploymentError } from '../deployment-error.ts';

/**
 * Reads the published schemas of all contracts.
 * @throws {DeploymentError} if a file of them can't be used
 */
export function readContractHistories(rootDir: string): readonly ContractHistory[] {
  const { histories, problems } = parseHistory(readHistoryFiles(rootDir));
  if (problems.length > 0) {
    throw new DeploymentError(
      `The contracts' history can't be used: ${problems.join('; ')}. npm run contracts:check tells more`,
    );
  }
  return histories;
}
