import type { IncomingMessage } from 'node:http';
import { readFormBody, type ServiceContext } from '@waybill/service-kit';
import type { FormGuard } from './form-guard.ts';
import { type Access, type Identity, RoleMissingError } from './identity.ts';

/** A payload of 512 KiB, each of its bytes written as three, with room for the other fields. */
const MAX_FORM_BYTES = 1_600_000;

/** Who is at the console, request by request. */
export class Sessions {
  readonly #access: Access;
  readonly #guard: FormGuard;
  readonly #identities = new WeakMap<IncomingMessage, Identity>();

  constructor(access: Access, guard: FormGuard) {
    this.#access = access;
    this.#guard = guard;
  }

  /**
   * Finds out who it is.
   * @throws {AccessDeniedError | AccessUnavailableError}
   */
  async begin(ctx: ServiceContext): Promise<void> {
    this.#identities.set(ctx.req, await this.#access(ctx.req));
  }

  /** Who it is; only for requests that {@link begin} let in. */
  identityOf(ctx: ServiceContext): Identity {
    const identity = this.#identities.get(ctx.req);
    if (identity === undefined) throw new Error('A route was reached before it was known who asks');
    return identity;
  }

  /** The token for the forms of this person's pages. */
  tokenOf(ctx: ServiceContext): string {
    return this.#guard.tokenFor(ctx, this.identityOf(ctx).who);
  }

  /**
   * Lets only operators go on.
   * @throws {RoleMissingError}
   */
  requireOperator(ctx: ServiceContext): Identity {
    const identity = this.identityOf(ctx);
    if (identity.role !== 'operator') throw new RoleMissingError(identity.who);
    return identity;
  }

  /**
   * Reads a form that a page of this console gave to this very person.
   * @throws {ForgedFormError} if it is another's; what {@link readFormBody} does if it is no form
   */
  async readForm(ctx: ServiceContext): Promise<URLSearchParams> {
    const form = await readFormBody(ctx, { limitBytes: MAX_FORM_BYTES });
    this.#guard.check(ctx, this.identityOf(ctx).who, form.get('token') ?? undefined);
    return form;
  }

  /** Refuses a program's request that a browser made for another site. */
  checkOrigin(ctx: ServiceContext): void {
    this.#guard.checkOrigin(ctx, this.identityOf(ctx).who);
  }
}
