import type { Catalogue } from '@waybill/contract-kit';
import { publishedEntries } from '@waybill/contract-tools';
import { catalogue as ownCatalogue } from '@waybill/task-contracts';
import { readContractHistories } from './read-contract-histories.ts';
import type { Fixture } from './replay-fixtures.ts';

/**
 * The payloads that were recorded for every contract version a service takes, and each version's example: any of them may
 * be in a queue until its version is retired.
 * @throws {DeploymentError} if the record can't be read
 */
export function contractFixtures(
  rootDir: string,
  service: string,
  catalogue: Catalogue = ownCatalogue,
): Fixture[] {
  const recorded = readContractHistories(rootDir)
    .filter(({ retiredOn }) => retiredOn === undefined)
    .flatMap((history) => {
      const { contract, version } = history;
      const known = catalogue.find(contract, version) ?? catalogue.newest(contract);
      if (known?.service !== service) return [];
      return publishedEntries(history).flatMap(({ recordedOn, fixtures }) =>
        fixtures.map((payload, index) => ({
          name: `${contract} v${version} of ${recordedOn}, fixture ${index}`,
          queue: catalogue.physicalQueueOf(known.queue, contract),
          path: `/tasks/${contract}/v${version}`,
          payload: payload as unknown,
        })),
      );
    });
  const examples = catalogue.contracts
    .filter((contract) => contract.service === service)
    .map(({ name, version, queue, path, example }) => ({
      name: `${name} v${version}'s example`,
      queue: catalogue.physicalQueueOf(queue, name),
      path,
      payload: example,
    }));
  return [...recorded, ...examples];
}
