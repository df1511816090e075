import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { callHttp } from './call-http.ts';

/** A dead letter, as the console's API lists it. */
export interface DeadLetter {
  readonly taskId: string;
  readonly contract: string;
  readonly error?: { readonly code: string };
}

/** An operator who uses the console's API. */
export class Operator {
  readonly #stack: LocalStack;

  constructor(stack: LocalStack) {
    this.#stack = stack;
  }

  /** The dead letters of an order. */
  async deadLetters(orderId: string): Promise<DeadLetter[]> {
    const { status, text } = await this.#call('GET', `/api/tasks?state=dead&subject=orders/${orderId}`);
    assert.equal(status, 200, text);
    return (JSON.parse(text) as { tasks: DeadLetter[] }).tasks;
  }

  /** Replays a dead letter, with an edited payload if one is given. */
  async replay(taskId: string, edited?: { payload: unknown }): Promise<void> {
    const { status, text } = await this.#call('POST', `/api/tasks/${taskId}/replay`, {
      why: 'What it died of is mended',
      ...edited,
    });
    assert.equal(status, 202, text);
  }

  #call(method: string, path: string, body?: unknown) {
    return callHttp({
      port: this.#stack.ports.frontDoor,
      method,
      path,
      headers: {
        host: `console.localhost:${this.#stack.ports.frontDoor}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}
