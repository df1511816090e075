// For config.ts of services: settings, without Google's clients.

export { LOCAL_ORDER_LINK_KEYS, orderLinkSettings } from './access/order-link-settings.ts';
export { orderLimitMaxima, orderLimitSettings } from './limits/order-limit-settings.ts';
