import { type Catalogue, ContractDefinitionError } from '@waybill/contract-kit';

/**
 * The way of tasks to the services that do them: through App Engine, by the service's name; or over HTTPS to an address,
 * with an ID token that shows who sent them (Cloud Run).
 */
export type TaskTarget =
  | { readonly kind: 'app-engine' }
  | {
      readonly kind: 'http';
      /** The address of each service of the contracts, without a path: `{ worker: 'https://worker-abc.run.app' }`. */
      readonly origins: Readonly<Record<string, string>>;
      /** The account of the tokens: one that may call the services. The sender must be allowed to act as it. */
      readonly serviceAccount: string;
      /** The audience of the tokens; the services check it. */
      readonly audience: string;
    };

/** @throws {ContractDefinitionError} if there are contracts of a service whose address isn't known */
export function checkTarget(target: TaskTarget, catalogue: Catalogue): void {
  if (target.kind === 'app-engine') return;
  const missing = catalogue.contracts.filter(({ service }) => target.origins[service] === undefined);
  if (missing.length === 0) return;
  throw new ContractDefinitionError(
    'Task target',
    missing.map(
      ({ name, version, service }) => `${name} v${version} is done by ${service}, whose address is not given`,
    ),
  );
}
