import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import { type ContractHistory, publishedEntries } from '@waybill/contract-tools';
import { compareSchemas, type JsonSchema } from '@waybill/schema-evolution';
import { DeploymentError } from '../deployment-error.ts';

/** The variable by which a deployed version tells which schemas it reads: `charge-payment/v1=dbd62e9e6ad8 …`. */
export const TASK_SCHEMAS = 'TASK_SCHEMAS';

/** In hexadecimal digits. A variable with whole hashes would be too long for many contracts. */
const SHOWN_HASH_LENGTH = 12;

/** The schemas by which services send and read tasks. */
export interface TaskSchemas {
  /** The services whose handlers do tasks, sorted. */
  readonly readers: readonly string[];
  /** The value of TASK_SCHEMAS for a service; undefined for one that reads no task. */
  valueFor(service: string): string | undefined;
  /**
   * The contracts whose present payloads a deployed version of a service does not read, each with the reason.
   * @param value the deployed version's TASK_SCHEMAS; undefined if it has none
   */
  unreadBy(service: string, value: string | undefined): readonly string[];
}

/**
 * Collects the schemas of a catalogue.
 * @throws {DeploymentError} if a contract is not recorded: its tasks would be stranded by the next change of it
 */
export function taskSchemasOf(catalogue: Catalogue, histories: readonly ContractHistory[]): TaskSchemas {
  const { contracts } = catalogue;
  const entriesOf = ({ name, version }: TaskContract) =>
    publishedEntries(histories.find((one) => one.contract === name && one.version === version));
  const unrecorded = contracts.filter(
    (contract) => entriesOf(contract).at(-1)?.schemaHash !== contract.schemaHash,
  );
  if (unrecorded.length > 0) {
    const names = unrecorded.map(({ name, version }) => `${name} v${version}`).join(', ');
    const command = `npm run contracts:check -- --record ${unrecorded.map(({ name }) => name).join(' ')}`;
    throw new DeploymentError(`Not recorded as published: ${names}. Nothing was changed. First: ${command}`);
  }
  return {
    readers: [...new Set(contracts.map(({ service }) => service))].sort(),
    valueFor: (service) => {
      const own = contracts.filter((contract) => contract.service === service);
      return own.length === 0
        ? undefined
        : own.map((contract) => `${keyOf(contract)}=${hashOf(contract)}`).join(' ');
    },
    unreadBy: (service, value) => {
      if (value === undefined) return [`it has no ${TASK_SCHEMAS}, so what it reads is not known`];
      const deployed = new Map(value.split(' ').map((pair) => pair.split('=') as [string, string]));
      return contracts
        .filter((contract) => contract.service === service && catalogue.newest(contract.name) === contract)
        .flatMap((contract) => {
          const hash = deployed.get(keyOf(contract));
          const subject = `${contract.name} v${contract.version}`;
          if (hash === undefined) return [`it does not know ${subject}`];
          if (hash === hashOf(contract)) return [];
          const read = entriesOf(contract).find(({ schemaHash }) => schemaHash.startsWith(hash));
          if (read === undefined) return [`it reads ${subject} by a schema that is not recorded (${hash})`];
          const { verdict } = compareSchemas(contract.schema as JsonSchema, read.schema as JsonSchema);
          return verdict === 'included' ? [] : [`it reads ${subject} by the schema of ${read.recordedOn}`];
        });
    },
  };
}

function keyOf({ name, version }: TaskContract): string {
  return `${name}/v${version}`;
}

function hashOf({ schemaHash }: TaskContract): string {
  return schemaHash.slice(0, SHOWN_HASH_LENGTH);
}
