/** Project of the local stack. No real project has this id, so a call cannot reach one by mistake. */
export const PROJECT = 'waybill-local';
/** Location of its queues; `uc` in App Engine's host names. */
export const LOCATION = 'us-central1';
/** Address of every listener. */
export const HOST = '127.0.0.1';
/** Key for the payment sandbox, which accepts any key that looks like one of Stripe's test keys. */
export const PAYMENT_KEY = 'sk_test_local';
/** Secret that the worker signs its webhooks with. The local warehouse checks the signatures. */
export const WAREHOUSE_SECRET = 'whsec_local_0123456789abcdef';
