import assert from 'node:assert/strict';
import { type ApiCall, OpenApiChecker } from '@waybill/frontend/testing';
import type { LocalStack, StackEvent } from '@waybill/local-stack';
import type { Mail } from '@waybill/sandboxes';
import { callHttp, type HttpResponse } from './call-http.ts';
import { EVENT_TIMEOUT_MS } from './flow-stack.ts';
import { localOrderTokens } from './local-order-tokens.ts';

/** An order as `GET /api/orders/{id}` tells it to someone who has its token. */
export interface ShownOrder {
  readonly orderId: string;
  readonly status: string;
  readonly amount: number;
  readonly links: { readonly self: string; readonly page: string; readonly receipt?: string };
  readonly cancellation?: { readonly reason: string };
  readonly tasks: readonly {
    readonly taskId: string;
    readonly task: string;
    readonly state: string;
    readonly attempts: number;
    readonly changedAt: string;
    readonly notBefore?: string;
    readonly nextAttemptAt?: string;
    readonly outcome?: string;
    readonly error?: { readonly code: string };
  }[];
}

/** An order to place; members without effect on a flow have defaults. */
export interface Wish {
  readonly email?: string;
  readonly productId?: string;
  readonly quantity?: number;
  readonly paymentMethod?: string;
  /** Default `localhost`: the serving version of the front service. */
  readonly host?: string;
}

/** The shop as its customers see it, through the front door. Each response is held to the shop's OpenAPI document. */
export class Shop {
  readonly #stack: LocalStack;
  #checker: Promise<OpenApiChecker> | undefined;

  constructor(stack: LocalStack) {
    this.#stack = stack;
  }

  /** Calls the API. @throws {AssertionError} if its OpenAPI document does not describe the response */
  async call(call: {
    readonly method?: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }): Promise<HttpResponse> {
    const answer = await callHttp({ port: this.#stack.ports.frontDoor, ...call });
    const { method = 'GET', path, headers = {}, body } = call;
    await this.check({ method, path, body, contentType: headers['content-type'] }, answer);
    return answer;
  }

  /** Checks a response that came another way. */
  async check(call: ApiCall, { status, headers, text }: HttpResponse): Promise<void> {
    this.#checker ??= this.#fetchChecker();
    const header = (name: string): string | undefined => headers[name.toLowerCase()]?.toString();
    (await this.#checker).check(call, { status, header, text });
  }

  async #fetchChecker(): Promise<OpenApiChecker> {
    const { text } = await callHttp({ port: this.#stack.ports.frontDoor, path: '/openapi.json' });
    return new OpenApiChecker(JSON.parse(text));
  }

  /** POSTs to /api/orders. */
  post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
    return this.call({
      method: 'POST',
      path: '/api/orders',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Cancels an order. */
  cancel(orderId: string): Promise<HttpResponse> {
    const path = localOrderTokens.withToken(`/api/orders/${orderId}/cancel`, orderId);
    return this.call({ method: 'POST', path });
  }

  /** Places an order, which must be taken. @returns its id */
  async order(wish: Wish = {}): Promise<string> {
    const {
      email = 'ada@example.com',
      productId = 'espresso-beans',
      quantity = 1,
      paymentMethod,
      host,
    } = wish;
    const answer = await this.post(
      { email, items: [{ productId, quantity }], ...(paymentMethod !== undefined && { paymentMethod }) },
      host === undefined ? {} : { host },
    );
    assert.equal(answer.status, 202, answer.text);
    const { orderId } = JSON.parse(answer.text) as { orderId: string };
    assert.equal(answer.headers.location, `/api/orders/${orderId}`);
    return orderId;
  }

  async show(orderId: string): Promise<ShownOrder> {
    const { status, text } = await this.call({
      path: localOrderTokens.withToken(`/api/orders/${orderId}`, orderId),
    });
    assert.equal(status, 200, text);
    return JSON.parse(text) as ShownOrder;
  }

  /** An order's tasks and their states: `{ 'charge-payment': 'succeeded', … }`. */
  async taskStates(orderId: string): Promise<Record<string, string>> {
    const { tasks } = await this.show(orderId);
    return Object.fromEntries(tasks.map(({ task, state }) => [task, state]));
  }

  /** How many pieces of a product can still be reserved. */
  async stock(productId: string): Promise<number> {
    const { text } = await this.call({ path: '/api/products' });
    const { products } = JSON.parse(text) as { products: { productId: string; stock: number }[] };
    const found = products.find((product) => product.productId === productId);
    assert.ok(found, `there is no product ${productId}`);
    return found.stock;
  }

  /** The mails to an address, by subject. */
  async mailsTo(email: string): Promise<Mail[]> {
    return (await this.#stack.mails()).filter(({ recipients }) => recipients.includes(email));
  }

  /** Waits for an event of an order's task; default `task.succeeded`. */
  waitForTask(orderId: string, task: string, event = 'task.succeeded'): Promise<StackEvent> {
    return this.#stack.waitForEvent(
      ({ event: happened, fields }) =>
        happened === event && fields['task'] === task && fields['subject'] === `orders/${orderId}`,
      EVENT_TIMEOUT_MS,
    );
  }

  /** Waits until an order's confirmation was sent: by then charge and reservation are done too. */
  async waitForConfirmation(orderId: string): Promise<void> {
    await this.waitForTask(orderId, 'send-confirmation-email');
  }
}

/**
 * Resolves once everything answers again after a part was killed or away. The services' connections to Firestore need a
 * moment longer than Firestore itself.
 */
export async function whenAllReady(stack: LocalStack): Promise<void> {
  await Promise.all([stack.whenReady('firestore-emulator'), stack.whenReady('cloud-tasks-emulator')]);
  await Promise.all([stack.whenReady('frontend'), stack.whenReady('worker')]);
}

/** Resolves once Cloud Tasks has no dispatch open, and no task is due in a queue that runs. */
export async function whenIdle(stack: LocalStack): Promise<void> {
  const { status, text } = await callHttp({
    port: stack.ports.cloudTasks,
    method: 'POST',
    path: '/emulator/idle:wait',
  });
  assert.equal(status, 200, text);
}
