import { setting } from '@waybill/service-kit';
import type { OrderLimitMaxima } from './order-limits.ts';

const maximum = (fallback: number) => setting.wholeNumber({ default: fallback, min: 0, max: 1_000_000 });

/** The settings of every service that limits declined payments, mails and orders. A maximum of 0 means no limit. */
export function orderLimitSettings() {
  return {
    /** How long events count, in seconds, from the first one on. */
    ORDER_LIMIT_WINDOW_SECONDS: setting.wholeNumber({ default: 3_600, min: 1, max: 86_400 }),
    /** Declined payments in a window for one address, and from one client. */
    MAX_DECLINES_PER_ADDRESS: maximum(5),
    MAX_DECLINES_PER_CLIENT: maximum(20),
    /** Mails about cancelled orders in a window to one address, and because of one client. */
    MAX_CANCELLATION_MAILS_PER_ADDRESS: maximum(5),
    MAX_CANCELLATION_MAILS_PER_CLIENT: maximum(20),
    /** Orders in a window of one address, and from one client, whatever becomes of them. */
    MAX_ORDERS_PER_ADDRESS: maximum(0),
    MAX_ORDERS_PER_CLIENT: maximum(0),
  } as const;
}

/** The maxima that the settings give. */
export function orderLimitMaxima(
  config: {
    readonly [Name in keyof ReturnType<typeof orderLimitSettings>]: number;
  },
): OrderLimitMaxima {
  return {
    windowSeconds: config.ORDER_LIMIT_WINDOW_SECONDS,
    declinesPerAddress: config.MAX_DECLINES_PER_ADDRESS,
    declinesPerClient: config.MAX_DECLINES_PER_CLIENT,
    mailsPerAddress: config.MAX_CANCELLATION_MAILS_PER_ADDRESS,
    mailsPerClient: config.MAX_CANCELLATION_MAILS_PER_CLIENT,
    ordersPerAddress: config.MAX_ORDERS_PER_ADDRESS,
    ordersPerClient: config.MAX_ORDERS_PER_CLIENT,
  };
}
