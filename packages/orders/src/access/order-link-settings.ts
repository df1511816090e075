import type { Setting } from '@waybill/service-kit';
import { LOCAL_KEY_ID, type OrderLinkKey, parseOrderLinkKeys } from './order-link-key.ts';

/** Keys of a laptop. They are no secret, and {@link orderLinkSettings} refuses them where no emulator stands in. */
export const LOCAL_ORDER_LINK_KEYS = `${LOCAL_KEY_ID}:not-a-secret-0123456789abcdef0123456789`;

const EXPECTED =
  'keys such as ID:SECRET,OLDER-ID:SECRET:2027-01-31, the current one first, ' +
  'each secret of 32 to 128 of A–Z a–z 0–9 _ -';

/**
 * The settings of every service that makes or checks links of orders.
 * @param env the environment that they are read from next. Without an emulator of Firestore the keys are required, and the
 *   local one is refused
 */
export function orderLinkSettings(env: Readonly<Record<string, string | undefined>>) {
  const isLocal = (env['FIRESTORE_EMULATOR_HOST'] ?? '') !== '';
  const keys: Setting<readonly OrderLinkKey[]> = {
    expected: isLocal ? EXPECTED : `${EXPECTED}, and not the key "${LOCAL_KEY_ID}" of a laptop`,
    read(text) {
      const value = parseOrderLinkKeys(text);
      const isRefused = !isLocal && value?.some(({ id, secret }) => isLocalKey(id, secret));
      return value === undefined || isRefused ? undefined : { value };
    },
    emptyIsAbsent: isLocal,
    secret: true,
    ...(isLocal && { absent: { value: parseOrderLinkKeys(LOCAL_ORDER_LINK_KEYS) ?? [] } }),
  };
  return {
    /**
     * Secrets that sign the links of orders and key the hashes of limits: `2026-12:SECRET,2026-06:SECRET:2027-01-31`. The
     * first one signs; another one is accepted up to the end of its day.
     */
    ORDER_LINK_KEYS: keys,
  } as const;
}

/** Whether it is a key of a laptop, also under another id. */
function isLocalKey(id: string, secret: string): boolean {
  return id === LOCAL_KEY_ID || LOCAL_ORDER_LINK_KEYS.endsWith(`:${secret}`);
}
