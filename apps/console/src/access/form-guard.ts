import { createHmac, timingSafeEqual } from 'node:crypto';
import { isFromAnotherSite, type ServiceContext, ServiceError } from '@waybill/service-kit';

/** A form came that no page of this console gave to this person. */
class ForgedFormError extends ServiceError {
  override readonly name = 'ForgedFormError';
  constructor(reason: string, claimedIdentity: string) {
    super({
      claimedIdentity,
      code: 'FORM_FORGED',
      status: 403,
      message: reason,
      detail: 'This form was not taken, and nothing was done. Load its page again, and send it from there.',
    });
  }
}

/** The hidden field of every form. */
export const TOKEN_FIELD = 'token';
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Keeps other sites from sending forms in a person's name (CSRF). A random secret lies in a cookie that scripts can't
 * read and other hosts can't set; each form carries a token made of it and of the person. Nothing is kept on the server,
 * so any instance takes any form.
 */
export class FormGuard {
  readonly #cookie: string;
  readonly #attributes: string;
  readonly #randomBytes: (count: number) => Buffer;

  /** @param options.secure whether the console is reached over HTTPS, as it is but on a laptop */
  constructor(options: { secure: boolean; randomBytes: (count: number) => Buffer }) {
    // With this prefix browsers take the cookie from this very host alone.
    this.#cookie = options.secure ? '__Host-console' : 'console';
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}`;
    this.#randomBytes = options.randomBytes;
  }

  /** The token for this person's forms; sets the cookie where there is none. */
  tokenFor(ctx: ServiceContext, who: string): string {
    let secret = this.#secretOf(ctx);
    if (secret === undefined) {
      secret = this.#randomBytes(32).toString('base64url');
      ctx.append('Set-Cookie', `${this.#cookie}=${secret}; ${this.#attributes}`);
    }
    return tokenOf(secret, who);
  }

  /**
   * Refuses a form that another site sent.
   * @throws {ForgedFormError}
   */
  check(ctx: ServiceContext, who: string, token: string | undefined): void {
    this.checkOrigin(ctx, who);
    const secret = this.#secretOf(ctx);
    if (secret === undefined) throw new ForgedFormError('The form came without this console’s cookie', who);
    const expected = Buffer.from(tokenOf(secret, who));
    const given = Buffer.from(token ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new ForgedFormError('The form’s token is missing or not this person’s', who);
    }
  }

  /**
   * Refuses what a browser says another site made it send.
   * @throws {ForgedFormError}
   */
  checkOrigin(ctx: ServiceContext, who: string): void {
    if (isFromAnotherSite(ctx)) throw new ForgedFormError('The request was made by another site', who);
  }

  #secretOf(ctx: ServiceContext): string | undefined {
    const value = ctx.cookies.get(this.#cookie);
    return value !== undefined && SECRET.test(value) ? value : undefined;
  }
}

function tokenOf(secret: string, who: string): string {
  return createHmac('sha256', secret).update(who).digest('base64url');
}
