import type { DocumentSnapshot } from '@google-cloud/firestore';
import { eraseOrder, OrderUnderWayError, orderIdOfSubject, orderReference } from '@waybill/orders';
import { ServiceError } from '@waybill/service-kit';
import { readStore, type TaskRuntime } from '@waybill/task-runtime';
import type { Actor, TaskOperator } from '@waybill/task-runtime/operator';

interface SubjectEraserParts {
  readonly runtime: TaskRuntime;
  readonly operator: TaskOperator;
  readonly storeTimeoutMs: number;
}

/** Takes what is personal out of an order, or of anything else that tasks are about. */
export class SubjectEraser {
  readonly #parts: SubjectEraserParts;

  constructor(parts: SubjectEraserParts) {
    this.#parts = parts;
  }

  /** Whether a subject is an order that there is; its tasks' records may have ended long ago. */
  async isOrder(subject: string): Promise<boolean> {
    const orderId = orderIdOfSubject(subject);
    if (orderId === undefined) return false;
    const { runtime, storeTimeoutMs } = this.#parts;
    const read = (): Promise<DocumentSnapshot> => orderReference(runtime.firestore, orderId).get();
    return (await readStore('order', storeTimeoutMs, read)).exists;
  }

  /**
   * Erases a subject; once more changes nothing.
   * @throws {ServiceError} 404 `NOT_FOUND`, 409 `ORDER_UNDER_WAY`
   * @throws {TaskStateError} of what is no order: one of its tasks is still under way
   */
  async erase(subject: string, actor: Actor): Promise<void> {
    const orderId = orderIdOfSubject(subject);
    try {
      const found =
        orderId === undefined
          ? (await this.#parts.operator.erase(subject, actor)) > 0
          : await eraseOrder(this.#parts, orderId, actor);
      if (found) return;
    } catch (error) {
      if (!(error instanceof OrderUnderWayError)) throw error;
      throw new ServiceError({ code: error.code, status: 409, message: error.message, cause: error });
    }
    throw new ServiceError({ code: 'NOT_FOUND', status: 404, message: `There is nothing about ${subject}` });
  }
}
