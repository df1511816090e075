// The local stack's payment server is no library, but the nearest thing to Stripe that can be had without a network.
export {
  type PaymentSandbox,
  startPaymentSandbox,
} from '../../../packages/local-stack/src/payment-sandbox/payment-sandbox.ts';
