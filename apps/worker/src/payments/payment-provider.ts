/** What is to be charged. */
export interface ChargeRequest {
  /** The same for every repeat of this charge, and for no other: by it the provider recognises a repeat. */
  readonly key: string;
  readonly orderId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  /** ISO 4217, in capitals. */
  readonly currency: string;
  /** The provider's id of the card or account. */
  readonly paymentMethod: string;
}

/** A charge that was made. */
export interface Charge {
  /** The provider's id of it. */
  readonly chargeId: string;
}

/** Who takes the money. */
export interface PaymentProvider {
  /**
   * For how long it recognises a repeated key, in seconds. A repeat that is older must be preceded by `find`.
   */
  readonly remembersForSeconds: number;
  /**
   * Charges once, however often it is called with the same key.
   * @throws {PermanentError} PAYMENT_DECLINED, or PAYMENT_REFUSED where the request itself is wrong
   * @throws {PaymentUnavailableError} where it is not known, or not yet, whether the charge was made: call again
   */
  charge(request: ChargeRequest, signal: AbortSignal): Promise<Charge>;
  /**
   * The charge that an earlier call with this key made; undefined: none, or it was declined.
   * @throws {PaymentUnavailableError} where that is not known, or not yet
   */
  find(key: string, signal: AbortSignal): Promise<Charge | undefined>;
}

/** The provider did not answer, or not conclusively. The same charge, with the same key, may be tried again. */
export class PaymentUnavailableError extends Error {
  override readonly name = 'PaymentUnavailableError';
  readonly code = 'PAYMENT_UNAVAILABLE';
  readonly retryable = true;
}
