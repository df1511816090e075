import type { IncomingMessage } from 'node:http';
import { ServiceError } from '@waybill/service-kit';

/** `viewer` may look; `operator` may see payloads and act too. */
export type Role = 'viewer' | 'operator';

/** A person at the console. */
export interface Identity {
  /** As the audit trail names the person: an e-mail address. */
  readonly who: string;
  readonly role: Role;
}

/**
 * Tells who sends a request.
 * @throws {AccessDeniedError} if that is nobody who may come in
 */
export type Access = (request: IncomingMessage) => Promise<Identity>;

/** Whoever it is may not come in. The reason is for the log: a forger should not learn it. */
export class AccessDeniedError extends ServiceError {
  override readonly name = 'AccessDeniedError';
  /** @param details.claimedIdentity who the sender says it is */
  constructor(reason: string, details: { claimedIdentity?: string | undefined; cause?: unknown } = {}) {
    super({
      ...details,
      code: 'ACCESS_DENIED',
      status: 403,
      message: reason,
      detail: 'This console is for its operators. Sign in with an address that is on their list.',
    });
  }
}

/** A person may come in, but not do this. */
export class RoleMissingError extends ServiceError {
  override readonly name = 'RoleMissingError';
  constructor(who: string) {
    super({
      claimedIdentity: who,
      code: 'ROLE_MISSING',
      status: 403,
      message: 'This needs the role "operator"; you may only look',
    });
  }
}

/** Whether a person may come in can't be found out now. */
export class AccessUnavailableError extends ServiceError {
  override readonly name = 'AccessUnavailableError';
  constructor(reason: string, cause: unknown) {
    super({ code: 'ACCESS_UNAVAILABLE', status: 503, message: reason, retryAfterSeconds: 5, cause });
  }
}
