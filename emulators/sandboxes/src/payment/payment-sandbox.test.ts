import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Stripe from 'stripe';
import { type PaymentSandbox, type PaymentSandboxOptions, startPaymentSandbox } from './payment-sandbox.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A charge of 19.99 as the worker makes it. */
function payment(further: Partial<Stripe.PaymentIntentCreateParams> = {}): Stripe.PaymentIntentCreateParams {
  return {
    amount: 1999,
    currency: 'eur',
    confirm: true,
    payment_method: 'pm_card_visa',
    allowed_payment_method_types: ['card'],
    metadata: { orderId: 'order-1' },
    ...further,
  };
}

describe('startPaymentSandbox()', () => {
  let dataDir: string;
  let sandbox: PaymentSandbox | undefined;
  let child: ChildProcess | undefined;
  let stripe: Stripe;
  let nowMs: number;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'payment-sandbox-'));
    nowMs = Date.UTC(2026, 10, 3);
  });

  afterEach(async () => {
    await sandbox?.close();
    sandbox = undefined;
    child?.kill('SIGKILL');
    child = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  function clientOf(port: number, config: Partial<Stripe.StripeConfig> = {}): Stripe {
    return new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: 5_000,
      ...config,
    });
  }

  async function start(options: Partial<PaymentSandboxOptions> = {}): Promise<PaymentSandbox> {
    sandbox = await startPaymentSandbox({
      port: 0,
      dataDir,
      nowMs: () => nowMs,
      wait: async () => {},
      ...options,
    });
    stripe = clientOf(sandbox.port);
    return sandbox;
  }

  describe('payment intents', () => {
    it('charges a card', async () => {
      const { charges } = await start();
      const intent = await stripe.paymentIntents.create(payment({ description: 'Order order-1' }));
      assert.partialDeepStrictEqual(intent, {
        object: 'payment_intent',
        status: 'succeeded',
        amount: 1999,
        amount_received: 1999,
        currency: 'eur',
        livemode: false,
        created: nowMs / 1000,
        description: 'Order order-1',
        metadata: { orderId: 'order-1' },
      });
      assert.match(intent.lastResponse.requestId, /^req_/);
      assert.partialDeepStrictEqual(charges(), [
        {
          id: intent.latest_charge as string,
          amount: 1999,
          paid: true,
          status: 'succeeded',
          payment_intent: intent.id,
          metadata: { orderId: 'order-1' },
          payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
        },
      ]);
    });

    it('gives an intent and its charge back, the charge within the intent if asked', async () => {
      await start();
      const made = await stripe.paymentIntents.create(payment());
      const read = await stripe.paymentIntents.retrieve(made.id, { expand: ['latest_charge'] });
      assert.ok(typeof read.latest_charge === 'object' && read.latest_charge);
      assert.deepEqual(
        { ...(await stripe.charges.retrieve(String(made.latest_charge))) },
        { ...read.latest_charge },
      );
      await assert.rejects(stripe.paymentIntents.retrieve('pi_nothing'), {
        type: 'StripeInvalidRequestError',
        statusCode: 404,
        code: 'resource_missing',
        message: "No such payment_intent: 'pi_nothing'",
      });
    });

    for (const [method, code, declineCode] of [
      ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
      ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
      ['pm_card_chargeDeclinedExpiredCard', 'expired_card', ''],
    ] as const) {
      it(`declines ${method}`, async () => {
        const { charges } = await start();
        await assert.rejects(stripe.paymentIntents.create(payment({ payment_method: method })), (error) => {
          assert.ok(error instanceof Stripe.errors.StripeCardError);
          assert.equal(error.statusCode, 402);
          assert.equal(error.code, code);
          assert.equal(error.decline_code, declineCode);
          assert.equal(error.payment_intent?.status, 'requires_payment_method');
          assert.equal(error.payment_intent?.last_payment_error?.code, code);
          return true;
        });
        assert.partialDeepStrictEqual(charges(), [{ paid: false, status: 'failed', failure_code: code }]);
      });
    }

    for (const [name, params, problem] of [
      ['an amount below the least', { amount: 49 }, { code: 'amount_too_small', message: /€0\.50 eur/ }],
      ['an amount above the greatest', { amount: 100_000_000 }, { code: 'amount_too_large' }],
      ['an amount of nothing', { amount: 0 }, { code: 'parameter_invalid_integer' }],
      ['a part of a cent', { amount: 99.5 }, { code: 'parameter_invalid_integer', param: 'amount' }],
      ['a currency that is none', { currency: 'xxl' }, { param: 'currency' }],
      ['an unknown payment method', { payment_method: 'pm_card_mine' }, { code: 'resource_missing' }],
      ['an unknown parameter', { orderId: 7 }, { code: 'parameter_unknown', param: 'orderId' }],
      ['a metadata value of 501 characters', { metadata: { a: 'x'.repeat(501) } }, { param: 'metadata[a]' }],
      [
        'redirects without a place to return to',
        { allowed_payment_method_types: [] },
        { message: /return_url/ },
      ],
    ] as const) {
      it(`refuses ${name}, charging nothing`, async () => {
        const { charges } = await start();
        await assert.rejects(stripe.paymentIntents.create({ ...payment(), ...params } as never), {
          type: 'StripeInvalidRequestError',
          statusCode: 400,
          ...problem,
        });
        assert.deepEqual(charges(), []);
      });
    }

    it('takes automatic payment methods without redirects', async () => {
      await start();
      const { allowed_payment_method_types: _, ...params } = payment();
      const intent = await stripe.paymentIntents.create({
        ...params,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      });
      assert.equal(intent.status, 'succeeded');
    });

    it('lists, newest first, page by page', async () => {
      await start();
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        nowMs += 1000;
        ids.unshift((await stripe.paymentIntents.create(payment())).id);
      }
      const first = await stripe.paymentIntents.list({ limit: 2 });
      assert.equal(first.has_more, true);
      const all: string[] = [];
      for await (const { id } of stripe.paymentIntents.list({ limit: 2 })) all.push(id);
      assert.deepEqual(all, ids);
      const late = await stripe.paymentIntents.list({ created: { gt: nowMs / 1000 - 2 } });
      assert.deepEqual(
        late.data.map(({ id }) => id),
        ids.slice(0, 2),
      );
    });

    it('finds by metadata and status', async () => {
      await start();
      const one = await stripe.paymentIntents.create(payment());
      const odd = await stripe.paymentIntents.create(payment({ metadata: { orderId: "o'2", shop: 'a' } }));
      await assert.rejects(
        stripe.paymentIntents.create(payment({ payment_method: 'pm_card_chargeDeclined' })),
      );
      const find = async (query: string) =>
        (await stripe.paymentIntents.search({ query })).data.map(({ id }) => id);
      assert.deepEqual(await find("metadata['orderId']:'order-1' AND status:'succeeded'"), [one.id]);
      assert.deepEqual(await find('metadata["orderId"]:"o\'2"'), [odd.id]);
      assert.deepEqual(await find("metadata['orderId']:'o\\'2'"), [odd.id]);
      assert.deepEqual(await find("metadata['shop']:null status:'succeeded'"), [one.id]);
      assert.deepEqual(await find("-metadata['shop']:'a' AND amount>1998 AND status:'succeeded'"), [one.id]);
      assert.deepEqual(await find("metadata['orderId']:'nothing'"), []);
      const page = await stripe.paymentIntents.search({ query: "currency:'eur'", limit: 2 });
      assert.equal(page.data.length, 2);
      const rest = await stripe.paymentIntents.search({
        query: "currency:'eur'",
        limit: 2,
        page: page.next_page ?? '',
      });
      assert.deepEqual([rest.data.length, rest.has_more], [1, false]);
    });

    for (const query of [
      '',
      "orderId:'1'",
      "metadata['a']:'1' AND",
      "status:'a' AND currency:'b' OR amount:1",
    ]) {
      it(`refuses the query ${JSON.stringify(query)}`, async () => {
        await start();
        await assert.rejects(stripe.paymentIntents.search({ query }), {
          type: 'StripeInvalidRequestError',
          statusCode: 400,
        });
      });
    }
  });

  describe('idempotency keys', () => {
    const key = { idempotencyKey: 'task-1:charge' };

    it('answers the same request with the first answer, charging once', async () => {
      const { charges } = await start();
      const first = await stripe.paymentIntents.create(payment(), key);
      const { metadata, amount, ...rest } = payment();
      const again = await stripe.paymentIntents.create({ metadata: metadata ?? {}, ...rest, amount }, key);
      assert.deepEqual({ ...again }, { ...first });
      assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
      assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
      assert.equal(again.lastResponse.headers['original-request'], first.lastResponse.requestId);
      assert.equal(charges().length, 1);
    });

    it('answers a decline again', async () => {
      const { charges } = await start();
      const declined = payment({ payment_method: 'pm_card_chargeDeclined' });
      for (const replayed of [undefined, 'true']) {
        await assert.rejects(stripe.paymentIntents.create(declined, key), (error: unknown) => {
          assert.ok(error instanceof Stripe.errors.StripeCardError);
          assert.equal(error.headers?.['idempotent-replayed'], replayed);
          return true;
        });
      }
      assert.equal(charges().length, 1);
    });

    it('refuses other parameters, and another endpoint', async () => {
      const { charges } = await start();
      await stripe.paymentIntents.create(payment(), key);
      await assert.rejects(stripe.paymentIntents.create(payment({ amount: 2000 }), key), {
        type: 'StripeIdempotencyError',
        statusCode: 400,
        message: /same parameters they were first used with.*'task-1:charge'/,
      });
      await assert.rejects(stripe.refunds.create({ payment_intent: 'pi_1' }, key), {
        type: 'StripeIdempotencyError',
        message: /'\/v1\/payment_intents' vs '\/v1\/refunds'/,
      });
      assert.equal(charges().length, 1);
    });

    it('does not remember a request whose parameters were wrong', async () => {
      await start();
      await assert.rejects(stripe.paymentIntents.create(payment({ amount: 1 }), key));
      assert.equal((await stripe.paymentIntents.create(payment(), key)).status, 'succeeded');
    });

    it('refuses a second request while the first is under way, then answers it', async () => {
      const arrived = Promise.withResolvers<void>();
      const bank = Promise.withResolvers<void>();
      const { charges } = await start({
        wait: () => {
          arrived.resolve();
          return bank.promise;
        },
      });
      const first = stripe.paymentIntents.create(payment(), key);
      await arrived.promise;
      await assert.rejects(stripe.paymentIntents.create(payment(), key), {
        statusCode: 409,
        code: 'idempotency_key_in_use',
      });
      assert.deepEqual(charges(), []);
      bank.resolve();
      const { id } = await first;
      assert.equal((await stripe.paymentIntents.create(payment(), key)).id, id);
      assert.equal(charges().length, 1);
    });

    it('forgets a key after 24 hours, and then charges again', async () => {
      const { charges } = await start();
      await stripe.paymentIntents.create(payment(), key);
      nowMs += DAY_MS - 1;
      await stripe.paymentIntents.create(payment(), key);
      assert.equal(charges().length, 1);
      nowMs += 1;
      await stripe.paymentIntents.create(payment(), key);
      assert.equal(charges().length, 2);
    });

    it('remembers them over a restart', async () => {
      await start();
      const first = await stripe.paymentIntents.create(payment(), key);
      await sandbox?.close();
      const { charges } = await start();
      assert.equal((await stripe.paymentIntents.create(payment(), key)).id, first.id);
      assert.equal(charges().length, 1);
    });
  });

  describe('trouble on demand', () => {
    const key = { idempotencyKey: 'task-1:charge' };

    it('charges and leaves the request without an answer; the same key then gets it', async () => {
      const { charges, port } = await start();
      const hasty = clientOf(port, { timeout: 500 });
      const params = payment({ payment_method: 'pm_sandbox_timeoutAfterCharge' });
      await assert.rejects(hasty.paymentIntents.create(params, key), { type: 'StripeConnectionError' });
      assert.partialDeepStrictEqual(charges(), [{ paid: true, metadata: { orderId: 'order-1' } }]);
      const again = await stripe.paymentIntents.create(params, key);
      assert.equal(again.latest_charge, charges()[0]?.id);
      assert.equal(charges().length, 1);
    });

    it('closes such a connection in the end', async () => {
      await start({ hangMs: 20 });
      const params = payment({ payment_method: 'pm_sandbox_timeoutAfterCharge' });
      // The SDK repeats a request whose connection was closed, with the same key, and gets the answer.
      assert.equal((await stripe.paymentIntents.create(params)).status, 'succeeded');
      assert.equal(sandbox?.charges().length, 1);
    });

    it('charges and cuts the connection', async () => {
      const { charges } = await start();
      const params = payment({ payment_method: 'pm_sandbox_resetAfterCharge' });
      assert.equal((await stripe.paymentIntents.create(params, key)).status, 'succeeded');
      assert.equal(charges().length, 1);
    });

    it('answers 500 before charging, to the same key again and again', async () => {
      const { charges } = await start();
      const params = payment({ payment_method: 'pm_sandbox_serverError' });
      const retrying = clientOf(sandbox?.port ?? 0, { maxNetworkRetries: 2 });
      for (const replayed of [undefined, 'true']) {
        await assert.rejects(retrying.paymentIntents.create(params, key), (error: unknown) => {
          assert.ok(error instanceof Stripe.errors.StripeAPIError);
          assert.equal(error.statusCode, 500);
          assert.equal(error.headers?.['idempotent-replayed'], replayed, 'the SDK is told not to repeat it');
          return true;
        });
      }
      assert.deepEqual(charges(), []);
    });

    it('answers 500 once, and charges under a new key', async () => {
      const { charges } = await start();
      const params = payment({ payment_method: 'pm_sandbox_serverErrorOnce' });
      await assert.rejects(stripe.paymentIntents.create(params, key), { statusCode: 500 });
      await assert.rejects(stripe.paymentIntents.create(params, key), { statusCode: 500 });
      const other = payment({ ...params, metadata: { orderId: 'order-2' } });
      await assert.rejects(stripe.paymentIntents.create(other), { statusCode: 500 });
      assert.equal(
        (await stripe.paymentIntents.create(params, { idempotencyKey: 'k2' })).status,
        'succeeded',
      );
      assert.equal(charges().length, 1);
    });

    it('answers 429', async () => {
      await start();
      await assert.rejects(
        stripe.paymentIntents.create(payment({ payment_method: 'pm_sandbox_rateLimited' })),
        {
          type: 'StripeRateLimitError',
          statusCode: 429,
        },
      );
    });
  });

  describe('refunds', () => {
    it('refunds a payment in parts, up to all of it', async () => {
      const { charges } = await start();
      const intent = await stripe.paymentIntents.create(payment());
      const part = await stripe.refunds.create({
        payment_intent: intent.id,
        amount: 999,
        metadata: { why: 'late' },
      });
      assert.partialDeepStrictEqual(part, {
        object: 'refund',
        amount: 999,
        currency: 'eur',
        status: 'succeeded',
        payment_intent: intent.id,
        charge: String(intent.latest_charge),
        metadata: { why: 'late' },
      });
      assert.partialDeepStrictEqual(charges(), [{ amount_refunded: 999, refunded: false }]);
      await assert.rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 1001 }), {
        message: 'Refund amount (€10.01 eur) is greater than unrefunded amount on charge (€10.00 eur)',
      });
      const rest = await stripe.refunds.create({ charge: String(intent.latest_charge) });
      assert.equal(rest.amount, 1000);
      assert.partialDeepStrictEqual(charges(), [{ amount_refunded: 1999, refunded: true }]);
      await assert.rejects(stripe.refunds.create({ payment_intent: intent.id }), {
        code: 'charge_already_refunded',
      });
      assert.deepEqual(
        (await stripe.refunds.list({ payment_intent: intent.id })).data.map(({ id }) => id),
        [rest.id, part.id],
      );
      assert.deepEqual({ ...(await stripe.refunds.retrieve(part.id)) }, { ...part });
    });

    it('refunds once for one key', async () => {
      const { charges } = await start();
      const { id } = await stripe.paymentIntents.create(payment());
      const params = { payment_intent: id, amount: 100 };
      await stripe.refunds.create(params, { idempotencyKey: 'r' });
      await stripe.refunds.create(params, { idempotencyKey: 'r' });
      assert.equal(charges()[0]?.amount_refunded, 100);
    });

    it('never refunds more than was charged, also with requests side by side', async () => {
      const { charges } = await start();
      const { id } = await stripe.paymentIntents.create(payment());
      const outcomes = await Promise.allSettled(
        Array.from({ length: 5 }, () => stripe.refunds.create({ payment_intent: id })),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal(charges()[0]?.amount_refunded, 1999);
    });

    it('refuses to refund what was declined', async () => {
      const { charges } = await start();
      await assert.rejects(
        stripe.paymentIntents.create(payment({ payment_method: 'pm_card_chargeDeclined' })),
        { type: 'StripeCardError' },
      );
      const intent = String(charges()[0]?.payment_intent);
      await assert.rejects(stripe.refunds.create({ payment_intent: intent }), {
        message: `This PaymentIntent (${intent}) does not have a successful charge to refund.`,
      });
    });
  });

  describe('access', () => {
    it('refuses a missing key and a live one', async () => {
      const { url, port } = await start();
      const response = await fetch(`${url}/v1/payment_intents`, { method: 'POST' });
      assert.equal(response.status, 401);
      assert.partialDeepStrictEqual(await response.json(), { error: { type: 'invalid_request_error' } });
      const live = new Stripe('sk_live_12345678', { host: '127.0.0.1', port, protocol: 'http' });
      await assert.rejects(live.paymentIntents.create(payment()), { type: 'StripeAuthenticationError' });
    });

    for (const [target, status] of [
      ['//', 404],
      ['/v1/charges/%zz', 400],
      ['*', 400],
      ['localhost:80', 400],
    ] as const) {
      it(`answers ${status} to the request target ${target}`, async () => {
        const { port } = await start();
        const headers = { authorization: 'Bearer sk_test_1' };
        const request = http.request({ host: '127.0.0.1', port, path: target, headers, agent: false });
        const [response] = await once(request.end(), 'response');
        response.resume();
        assert.equal(response.statusCode, status);
      });
    }

    it('names a path that it does not have', async () => {
      await start();
      await assert.rejects(stripe.customers.list(), {
        statusCode: 404,
        message: /Unrecognized request URL \(GET: \/v1\/customers\)/,
      });
    });

    it('refuses a body over its limit', async () => {
      await start();
      await assert.rejects(stripe.paymentIntents.create(payment({ description: 'x'.repeat(300_000) })), {
        statusCode: 413,
      });
    });

    it('shows all charges, oldest first, and its health', async () => {
      const { url, charges } = await start();
      await stripe.paymentIntents.create(payment({ amount: 100 }));
      await stripe.paymentIntents.create(payment({ amount: 200 }));
      const response = await fetch(`${url}/sandbox/charges`);
      assert.deepEqual(await response.json(), { data: charges() });
      assert.deepEqual(
        charges().map(({ amount }) => amount),
        [100, 200],
      );
      assert.equal((await fetch(`${url}/emulator/health`)).status, 200);
    });
  });

  it('charges nobody once its folder was removed', async () => {
    const { dataGone } = await start();
    await rm(dataDir, { recursive: true });
    await assert.rejects(stripe.paymentIntents.create(payment()), Stripe.errors.StripeAPIError);
    assert.match((await dataGone).message, /payments\.sqlite was removed/);
  });

  it('keeps every acknowledged charge over kill -9, and leaves none half-done', async () => {
    const main = new URL('./main.ts', import.meta.url).pathname;
    async function spawnMain(): Promise<number> {
      child = spawn(process.execPath, [main, '--port', '0', '--data-dir', dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      assert.ok(child.stdout);
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      return Number(/^payment-sandbox listening on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
    }
    const acknowledged = new Map<string, string>();
    let port = await spawnMain();
    const agent = new http.Agent({ keepAlive: true });
    // Several streams of payments; the process is killed in the midst of them.
    const stop = new AbortController();
    const pay = async (stream: number) => {
      const client = clientOf(port, { httpAgent: agent });
      for (let i = 0; !stop.signal.aborted; i++) {
        const idempotencyKey = `k-${stream}-${i}`;
        const params = payment({ metadata: { orderId: idempotencyKey } });
        const intent = await client.paymentIntents.create(params, { idempotencyKey });
        acknowledged.set(idempotencyKey, intent.id);
        if (acknowledged.size === 12) {
          stop.abort();
          child?.kill('SIGKILL');
        }
      }
    };
    await Promise.allSettled([0, 1, 2, 3].map(pay));
    agent.destroy();
    assert.ok(acknowledged.size >= 12);

    port = await spawnMain();
    stripe = clientOf(port);
    const { data } = (await (await fetch(`http://127.0.0.1:${port}/sandbox/charges`)).json()) as {
      data: Stripe.Charge[];
    };
    for (const [idempotencyKey, id] of acknowledged) {
      const ofOrder = data.filter(({ metadata }) => metadata['orderId'] === idempotencyKey);
      assert.deepEqual(
        ofOrder.map((charge) => charge.payment_intent),
        [id],
      );
      const again = await stripe.paymentIntents.create(payment({ metadata: { orderId: idempotencyKey } }), {
        idempotencyKey,
      });
      assert.equal(again.id, id);
    }
    for (const charge of data) {
      assert.equal(
        (await stripe.paymentIntents.retrieve(String(charge.payment_intent))).latest_charge,
        charge.id,
      );
    }
    const exited = once(child as ChildProcess, 'exit');
    child?.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });
});
