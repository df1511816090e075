/** The difference that a signer's clock and this machine's may have. Source: IAP, "Securing your app with signed headers". */
export const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * Whether a token's `iat` is later than now, beyond the tolerance. Token libraries check `exp` and `nbf` and leave this out.
 * @param issuedAt the claim, in seconds since the epoch; an absent one is left to the check of required claims
 */
export function isIssuedInFuture(issuedAt: number | undefined, nowMs: number): boolean {
  return issuedAt !== undefined && issuedAt > nowMs / 1_000 + CLOCK_TOLERANCE_SECONDS;
}
