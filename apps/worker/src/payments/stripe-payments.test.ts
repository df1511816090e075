import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PaymentSandbox, startPaymentSandbox } from '@waybill/sandboxes';
import { describeError } from '@waybill/service-kit';
import { PermanentError } from '@waybill/task-runtime';
import { type ChargeRequest, type PaymentProvider, PaymentUnavailableError } from './payment-provider.ts';
import { createStripePayments } from './stripe-payments.ts';

const { signal } = new AbortController();
const request: ChargeRequest = {
  key: "task'1:charge",
  orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
  amount: 1299,
  currency: 'EUR',
  paymentMethod: 'pm_card_visa',
  period: { fromMs: Date.now() },
};
const { period } = request;

describe('createStripePayments()', () => {
  let sandbox: PaymentSandbox;
  let payments: PaymentProvider;
  beforeEach(async () => {
    sandbox = await startPaymentSandbox({ port: 0, processingMs: 0 });
    payments = createStripePayments({ apiKey: 'sk_test_1', apiBase: new URL(sandbox.url), timeoutMs: 1_000 });
  });
  afterEach(() => sandbox.close());

  const paid = () => sandbox.charges().filter((charge) => charge.paid);

  describe('charge()', () => {
    it('charges, and says in the metadata for what', async () => {
      const { chargeId } = await payments.charge(request, signal);
      const [charge, ...others] = paid();
      assert.deepEqual(others, []);
      assert.equal(charge?.payment_intent, chargeId);
      assert.equal(charge?.amount, 1299);
      assert.equal(charge?.currency, 'eur');
      assert.deepEqual(charge?.metadata, { order_id: request.orderId, waybill_key: request.key });
    });

    it('charges once with the same key, however often, also at once', async () => {
      const first = await payments.charge(request, signal);
      const again = await Promise.all([1, 2, 3].map(() => payments.charge(request, signal)));
      for (const charge of again) assert.deepEqual(charge, first);
      assert.equal(paid().length, 1);
    });

    it('charges again with another key', async () => {
      await payments.charge(request, signal);
      await payments.charge({ ...request, key: 'task-2:charge' }, signal);
      assert.equal(paid().length, 2);
    });

    for (const [paymentMethod, reason] of [
      ['pm_card_chargeDeclined', 'generic_decline'],
      ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
      ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
    ] as const) {
      it(`says that ${paymentMethod} is declined, and why`, async () => {
        await assert.rejects(payments.charge({ ...request, paymentMethod }, signal), (error) => {
          assert.ok(error instanceof PermanentError);
          assert.equal(error.code, 'PAYMENT_DECLINED');
          assert.equal(error.message, `The payment was declined (${reason})`);
          return true;
        });
        assert.deepEqual(paid(), []);
      });
    }

    it('says that a card is declined whose owner would have to be there', async () => {
      const { url, close } = await startRefusing({
        type: 'card_error',
        code: 'authentication_required',
        decline_code: 'authentication_required',
        message: 'Your card was declined. This transaction requires authentication.',
      });
      try {
        const strict = createStripePayments({ apiKey: 'sk_test_1', apiBase: url });
        await assert.rejects(strict.charge(request, signal), {
          name: 'PermanentError',
          code: 'PAYMENT_DECLINED',
          message: 'The payment was declined (authentication_required)',
        });
      } finally {
        await close();
      }
    });

    it('is refused for a payment method that is not there', async () => {
      await assert.rejects(payments.charge({ ...request, paymentMethod: 'pm_none' }, signal), {
        name: 'PermanentError',
        code: 'PAYMENT_REFUSED',
        message: 'Stripe refuses the request (resource_missing, payment_method)',
      });
    });

    it('reduces what Stripe says to its codes', async () => {
      const thrown = await payments
        .charge({ ...request, paymentMethod: 'pm_none' }, signal)
        .catch((error: unknown) => error);
      const described = JSON.stringify(describeError(thrown));
      assert.doesNotMatch(described, /pm_none|No such|<payment method/i);
      assert.match(described, /Stripe, type StripeInvalidRequestError, code resource_missing/);
    });

    it('keeps a text in the place of a code out', async () => {
      const { url, close } = await startRefusing({
        type: 'card_error',
        code: 'Card of Ada Lovelace',
        decline_code: 'ask ada@example.com',
        message: 'pm_card_visa of Ada Lovelace was declined',
      });
      try {
        const strict = createStripePayments({ apiKey: 'sk_test_1', apiBase: url });
        const thrown = await strict.charge(request, signal).catch((error: unknown) => error);
        assert.equal((thrown as Error).message, 'The payment was declined (other)');
        assert.doesNotMatch(JSON.stringify(describeError(thrown)), /Ada|pm_card/);
      } finally {
        await close();
      }
    });

    it('is refused for a key that came with something else before', async () => {
      await payments.charge(request, signal);
      await assert.rejects(payments.charge({ ...request, amount: 1300 }, signal), {
        code: 'PAYMENT_REFUSED',
      });
      assert.equal(paid().length, 1);
    });

    for (const paymentMethod of ['pm_sandbox_rateLimited', 'pm_sandbox_serverError']) {
      it(`may be tried again after ${paymentMethod}`, async () => {
        await assert.rejects(
          payments.charge({ ...request, paymentMethod }, signal),
          (error) => error instanceof PaymentUnavailableError && error.cause !== undefined,
        );
      });
    }

    it('may be tried again after a time-out, and then charges no second time', async () => {
      const timeout = { ...request, paymentMethod: 'pm_sandbox_timeoutAfterCharge' };
      await assert.rejects(payments.charge(timeout, signal), PaymentUnavailableError);
      const { chargeId } = await payments.charge(timeout, signal);
      assert.deepEqual(
        paid().map(({ payment_intent }) => payment_intent),
        [chargeId],
      );
    });

    it('may be tried again with another API key: a wrong one is no reason to cancel orders', async () => {
      const wrong = createStripePayments({ apiKey: 'sk_live_1', apiBase: new URL(sandbox.url) });
      await assert.rejects(wrong.charge(request, signal), PaymentUnavailableError);
    });

    it('may be tried again where nobody listens', async () => {
      await sandbox.close();
      await assert.rejects(payments.charge(request, signal), PaymentUnavailableError);
    });

    it('takes other keys once an error is shown to be kept, and gives up after some', async () => {
      const failing = { ...request, paymentMethod: 'pm_sandbox_serverError' };
      await assert.rejects(payments.charge(failing, signal), { name: 'PaymentUnavailableError' });
      const once = { ...request, key: 'task-3:charge', paymentMethod: 'pm_sandbox_serverErrorOnce' };
      await assert.rejects(payments.charge(once, signal), PaymentUnavailableError);
      const charge = await payments.charge(once, signal);
      assert.deepEqual(await payments.charge(once, signal), charge);
      assert.equal(paid().length, 1);
    });

    it('does not begin once it was told to stop', async () => {
      const aborted = AbortSignal.abort(new Error('stopping'));
      await assert.rejects(payments.charge(request, aborted), { message: 'stopping' });
      assert.deepEqual(sandbox.charges(), []);
    });
  });

  describe('openChargesOf()', () => {
    it('finds each charge of an order whose money was not given back in full, whatever its key', async () => {
      const charge = async (key: string): Promise<string> =>
        (await payments.charge({ ...request, key }, signal)).chargeId;
      const [kept, inPart, refunded] = [await charge('a'), await charge('b'), await charge('c')];
      await payments.charge({ ...request, key: 'd', orderId: 'f'.repeat(32) }, signal);
      await payments.refund({ key: 'c:refund', chargeId: refunded, orderId: request.orderId }, signal);
      const part = await fetch(`${sandbox.url}/v1/refunds`, {
        method: 'POST',
        headers: { Authorization: 'Bearer sk_test_support' },
        body: new URLSearchParams({ payment_intent: inPart, amount: '100' }),
      });
      assert.equal(part.status, 200);
      const open = await payments.openChargesOf(request.orderId, period, signal);
      assert.deepEqual(open.map(({ chargeId }) => chargeId).sort(), [kept, inPart].sort());
    });
  });

  describe('find()', () => {
    it('finds what was charged, and nothing else', async () => {
      assert.equal(await payments.find(request.key, period, signal), undefined);
      const charge = await payments.charge(request, signal);
      assert.deepEqual(await payments.find(request.key, period, signal), charge);
      assert.equal(await payments.find('task-2:charge', period, signal), undefined);
    });

    it('takes a declined charge for none', async () => {
      const declined = { ...request, paymentMethod: 'pm_card_chargeDeclined' };
      await assert.rejects(payments.charge(declined, signal), PermanentError);
      assert.equal(await payments.find(request.key, period, signal), undefined);
    });

    it('finds by the search what is too old for the list', async () => {
      const charge = await payments.charge(request, signal);
      const muchLater = createStripePayments({
        apiKey: 'sk_test_1',
        apiBase: new URL(sandbox.url),
        nowMs: () => Date.now() + 86_400_000,
      });
      assert.deepEqual(await muchLater.find(request.key, period, signal), charge);
    });

    it('finds by the list what the search does not know yet', async () => {
      const charge = await payments.charge(request, signal);
      const lagging = await startLaggingSearch(sandbox.url);
      try {
        const { port } = lagging.address() as AddressInfo;
        const behind = createStripePayments({
          apiKey: 'sk_test_1',
          apiBase: new URL(`http://127.0.0.1:${port}`),
        });
        assert.deepEqual(await behind.find(request.key, period, signal), charge);
        assert.equal(await behind.find('task-2:charge', period, signal), undefined);
        const { fromMs } = period;
        for (const other of [
          { fromMs: fromMs + 86_400_000 },
          { fromMs: fromMs - 86_400_000, toMs: fromMs - 80_000_000 },
          { fromMs: fromMs - 300_000, toMs: fromMs - 200_000 },
        ]) {
          assert.equal(await behind.find(request.key, other, signal), undefined, JSON.stringify(other));
        }
      } finally {
        lagging.closeAllConnections();
        lagging.close();
      }
    });

    it('asks again much later where too many others pay at the time', async () => {
      const crowd = await startCrowd();
      const { port } = crowd.server.address() as AddressInfo;
      const among = createStripePayments({
        apiKey: 'sk_test_1',
        apiBase: new URL(`http://127.0.0.1:${port}`),
      });
      try {
        await assert.rejects(among.find(request.key, period, signal), {
          code: 'RETRY_LATER',
          retryAfterSeconds: 600,
        });
        assert.equal(crowd.pages(), 100);
      } finally {
        crowd.server.closeAllConnections();
        crowd.server.close();
      }
    });

    it('does not take "no answer" for "not there"', async () => {
      await sandbox.close();
      await assert.rejects(payments.find(request.key, period, signal), PaymentUnavailableError);
    });
  });
});

/** A server that answers everything with an error of Stripe's. */
async function startRefusing(error: object): Promise<{ url: URL; close: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(402, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The sandbox, but its search finds nothing, as Stripe's does for the first minute. */
async function startLaggingSearch(url: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/v1/payment_intents/search')) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ object: 'search_result', data: [], has_more: false, url: request.url }));
      return;
    }
    const { method, headers } = request;
    const forwarded = httpRequest(new URL(request.url ?? '/', url), { method, headers }, (received) => {
      response.writeHead(received.statusCode ?? 500, received.headers);
      received.pipe(response);
    });
    request.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A server whose search knows nothing, and whose list never ends. */
async function startCrowd(): Promise<{ server: Server; pages: () => number }> {
  let pages = 0;
  const server = createServer(({ url }, response) => {
    const isSearch = url?.startsWith('/v1/payment_intents/search') ?? false;
    if (!isSearch) pages += 1;
    const data = Array.from({ length: 100 }, (_none, index) => ({
      id: `pi_${pages}_${index}`,
      object: 'payment_intent',
      status: 'succeeded',
      metadata: {},
    }));
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify(
        isSearch
          ? { object: 'search_result', data: [], has_more: false, url }
          : { object: 'list', data, has_more: true, url: '/v1/payment_intents' },
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, pages: () => pages };
}
