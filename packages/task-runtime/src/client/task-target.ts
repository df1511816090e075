import { type Catalogue, ContractDefinitionError } from '@waybill/contract-kit';

/**
 * The way of tasks to the services that do them: through App Engine, by the service's name; or over HTTPS to an address,
 * with an ID token that shows who sent them (Cloud Run).
 */
export type TaskTarget = { readonly kind: 'app-engine' } | HttpTaskTarget;

/** The way of tasks over HTTPS. */
export interface HttpTaskTarget {
  readonly kind: 'http';
  /**
   * The address of each service of the contracts: `{ worker: 'https://worker-abc.run.app' }`. A path in it is the prefix
   * that the service mounts its task listener at: `https://billing-abc.run.app/internal`.
   */
  readonly origins: Readonly<Record<string, string>>;
  /** The account of the tokens: one that may call the services. The sender must be allowed to act as it. */
  readonly serviceAccount: string;
  /** The audience of all tokens. Default: the origin of the service that the task is for. */
  readonly audience?: string | undefined;
}

/** @throws {ContractDefinitionError} if there are contracts of a service whose address isn't known */
export function checkTarget(target: TaskTarget, catalogue: Catalogue): void {
  if (target.kind === 'app-engine') return;
  const missing = catalogue.contracts.filter(({ service }) => target.origins[service] === undefined);
  if (missing.length === 0) return;
  throw new ContractDefinitionError(
    'Task target',
    missing.map(
      ({ name, version, service }) =>
        `${name} v${version} is done by ${service}, whose address is not given (TASK_SERVICE_URLS)`,
    ),
  );
}

/**
 * The audience of the tokens for one service; the service checks it, so that a token for another is worth nothing there.
 * @throws {Error} if the service's address isn't known
 */
export function audienceOf(target: HttpTaskTarget, service: string): string {
  return target.audience ?? new URL(addressOf(target, service)).origin;
}

/**
 * The address that the tasks of a service are posted to, without a slash at its end.
 * @throws {Error} if it isn't known: for a record of a service that this process does not know
 */
export function addressOf(target: HttpTaskTarget, service: string): string {
  const address = target.origins[service];
  if (address !== undefined) return address.replace(/\/$/, '');
  throw new Error(`The address of the service ${service} is not known here; add it to TASK_SERVICE_URLS`);
}
