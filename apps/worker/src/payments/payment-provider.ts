/**
 * Within which time a charge can have been made. To look among those of that time alone is what keeps a look-up short,
 * however many others pay meanwhile.
 */
export interface ChargePeriod {
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  /** Milliseconds since the epoch; undefined: one may still be made. */
  readonly toMs?: number | undefined;
}

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
  /** When earlier requests with this key can have been made. */
  readonly period: ChargePeriod;
}

/** A charge that was made. */
export interface Charge {
  /** The provider's id of it. */
  readonly chargeId: string;
}

/** What is to be given back. */
export interface RefundRequest {
  /** As a charge's: by it the provider recognises a repeat. */
  readonly key: string;
  /** The charge, of which all that is left is given back. */
  readonly chargeId: string;
  readonly orderId: string;
}

/** Money that was given back, or is on its way. */
export interface Refund {
  /** The provider's id of it. */
  readonly refundId: string;
}

/** Who takes the money, and gives it back. */
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
   * @throws {RetryLaterError} where too many others pay at that time
   */
  find(key: string, period: ChargePeriod, signal: AbortSignal): Promise<Charge | undefined>;
  /**
   * Every charge that was made for an order, whoever made it, also those that were given back since.
   * @throws {PaymentUnavailableError} where that is not known, or not yet
   * @throws {RetryLaterError} where too many others pay at that time
   */
  chargesOf(orderId: string, period: ChargePeriod, signal: AbortSignal): Promise<readonly Charge[]>;
  /**
   * The charges of an order that were not given back in full since, whatever their keys.
   * @throws {PaymentUnavailableError} where that is not known, or not yet
   * @throws {RetryLaterError} where too many others pay at that time
   */
  openChargesOf(orderId: string, period: ChargePeriod, signal: AbortSignal): Promise<readonly Charge[]>;
  /**
   * Gives a charge back once, however often it is called, with whatever keys.
   * @throws {PermanentError} REFUND_FAILED, or PAYMENT_REFUSED where the request itself is wrong
   * @throws {PaymentUnavailableError} where it is not known whether it was given back: call again
   */
  refund(request: RefundRequest, signal: AbortSignal): Promise<Refund>;
  /**
   * What came of an earlier request with that key; undefined: nothing. What others gave back, such as a part of it by
   * support, is not meant.
   * @throws {PaymentUnavailableError} where that is not known
   */
  findRefund(
    request: Pick<RefundRequest, 'key' | 'chargeId'>,
    signal: AbortSignal,
  ): Promise<Refund | undefined>;
}

/** The provider did not answer, or not conclusively. The same charge, with the same key, may be tried again. */
export class PaymentUnavailableError extends Error {
  override readonly name = 'PaymentUnavailableError';
  readonly code = 'PAYMENT_UNAVAILABLE';
  readonly retryable = true;
}
