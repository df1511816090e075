import type { OverviewSources } from './overview-sources.ts';

/** A version of a contract, and how many of its tasks are where. */
export interface ContractView {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly isNewest: boolean;
  readonly queue: string;
  /** The service that does it. */
  readonly service: string;
  readonly pending: number;
  readonly running: number;
  readonly dead: number;
  /** The contract's declared outcomes, over all its versions, with how many recorded tasks ended so. */
  readonly outcomes: readonly { readonly outcome: string; readonly count: number }[];
}

/** The contracts that this console knows, and the tasks of all others, as they are during a roll-out. */
export interface ContractViews {
  readonly contracts: readonly ContractView[];
  readonly others: Pick<ContractView, 'pending' | 'running' | 'dead'>;
}

/** Reads where the tasks of each contract's versions are: 3 reads for a version, one for an outcome, and 3 more. */
export async function readContracts({ search, catalogue }: OverviewSources): Promise<ContractViews> {
  const contracts = await Promise.all(
    catalogue.contracts.map(async ({ name, version, description, queue, service, outcomes: declared }) => {
      const isNewest = catalogue.newest(name)?.version === version;
      const [outcomes, pending, running, dead] = await Promise.all([
        Promise.all(
          (isNewest ? declared : []).map(async (outcome) => ({
            outcome,
            count: await search.countWithOutcome(name, outcome),
          })),
        ),
        search.countOfVersion(name, version, 'pending'),
        search.countOfVersion(name, version, 'running'),
        search.countOfVersion(name, version, 'dead'),
      ]);
      return { name, version, description, isNewest, queue, service, pending, running, dead, outcomes };
    }),
  );
  const [pending, running, dead] = await Promise.all([
    search.countInState('pending'),
    search.countInState('running'),
    search.countDead(),
  ]);
  const rest = (all: number, state: 'pending' | 'running' | 'dead'): number =>
    // Counted after the others, and tasks move meanwhile.
    Math.max(
      0,
      contracts.reduce((left, contract) => left - contract[state], all),
    );
  return {
    contracts,
    others: {
      pending: rest(pending, 'pending'),
      running: rest(running, 'running'),
      dead: rest(dead, 'dead'),
    },
  };
}
