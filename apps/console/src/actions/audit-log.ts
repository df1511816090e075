import { FieldPath, type Firestore, type QueryDocumentSnapshot, Timestamp } from '@google-cloud/firestore';
import { operatorActionExpiresAt } from '@waybill/orders';
import { type Logger, maskPersonalData, ServiceError } from '@waybill/service-kit';
import { readStore } from '@waybill/task-runtime';

/** What an operator does, and why. */
export interface OperatorAction {
  readonly by: string;
  /** As it is called on the pages: `replay`, `pause`. */
  readonly action: string;
  /** What it is done to, by its id or name. */
  readonly target: string;
  /** Empty where nobody has to say: for a look at what is masked. */
  readonly why: string;
}

/** An action that was taken. `begun`: nobody knows what came of it. */
export interface RecordedAction extends OperatorAction {
  readonly atMs: number;
  readonly outcome: string;
}

/** One page of what was done. */
export interface ActionPage {
  readonly actions: readonly RecordedAction[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
  /** Firestore's time of the reading. */
  readonly readAtMs: number;
}

/** Everything that operators did, in the collection `operatorActions`, beside what the tasks' own records tell. */
export class AuditLog {
  readonly #firestore: Firestore;
  readonly #timeoutMs: number;

  /** @param options.storeTimeoutMs how long one read may take */
  constructor(firestore: Firestore, options: { storeTimeoutMs: number }) {
    this.#firestore = firestore;
    this.#timeoutMs = options.storeTimeoutMs;
  }

  /**
   * Does something, recorded before it is begun: what can't be recorded is not done.
   * @param work gives what came of it, as the trail is to tell it: `done`
   * @throws {StoreUnavailableError} before anything is begun; whatever `work` throws, once that is recorded
   */
  async record(action: OperatorAction, logger: Logger, work: () => Promise<string>): Promise<string> {
    const reference = this.#firestore.collection('operatorActions').doc();
    // Written with a time of Firestore's own, like all times here.
    const { readTime } = await readStore('time', this.#timeoutMs, () => reference.get());
    const at = Timestamp.fromMillis(readTime.toMillis());
    const expireAt = Timestamp.fromDate(operatorActionExpiresAt(at.toDate()));
    await reference.create({ ...action, at, outcome: 'begun', expireAt });
    let outcome = 'failed';
    try {
      outcome = await work();
      return outcome;
    } catch (error) {
      const { code } = error as { code?: unknown };
      outcome = typeof code === 'string' ? `refused: ${code}` : 'failed';
      throw error;
    } finally {
      const { action: name } = action;
      // Who it was is in the trail alone: logs hold no personal data, operators' addresses included. A subject that an operator
      // types in may be an address by mistake.
      const target = maskPersonalData(action.target);
      logger.notice('operator action', {
        event: 'operator.action',
        action: name,
        target,
        outcome,
        trailId: reference.id,
      });
      await reference.update({ outcome }).catch((error: unknown) => {
        logger.warning('outcome of an operator action not recorded', { error, target });
      });
    }
  }

  /**
   * One page of the actions, the newest first; a read for each, and one more.
   * @param options.cursor a page's `next`; default: from the newest
   * @throws {ServiceError} 400 `SELECTION` for a cursor that no page gave
   */
  async page(options: { size: number; cursor?: string | undefined }): Promise<ActionPage> {
    const { size, cursor } = options;
    let query = this.#firestore
      .collection('operatorActions')
      .orderBy('at', 'desc')
      .orderBy(FieldPath.documentId(), 'desc')
      .limit(size + 1);
    if (cursor !== undefined) {
      const { atMs, id } = parseCursor(cursor);
      query = query.startAfter(Timestamp.fromMillis(atMs), id);
    }
    const { docs, readTime } = await readStore('actions', this.#timeoutMs, () => query.get());
    const shown = docs.slice(0, size);
    const actions = shown.map(recordedAction);
    const last = shown.at(-1);
    const isLast = docs.length <= size || last === undefined;
    return {
      actions,
      next: isLast ? undefined : `${timeOf(last)}-${last.id}`,
      readAtMs: readTime.toMillis(),
    };
  }
}

function recordedAction(snapshot: QueryDocumentSnapshot): RecordedAction {
  const text = (field: string): string => String(snapshot.get(field) ?? '');
  return {
    atMs: timeOf(snapshot),
    by: text('by'),
    action: text('action'),
    target: text('target'),
    why: text('why'),
    outcome: text('outcome'),
  };
}

function timeOf(snapshot: QueryDocumentSnapshot): number {
  const at: unknown = snapshot.get('at');
  return at instanceof Timestamp ? at.toMillis() : 0;
}

/** A cursor comes from outside: anything may be in it. */
function parseCursor(cursor: string): { atMs: number; id: string } {
  const [, atMs, id] = /^(\d{1,14})-([A-Za-z0-9]{1,100})$/.exec(cursor) ?? [];
  if (atMs !== undefined && id !== undefined) return { atMs: Number(atMs), id };
  throw new ServiceError({
    code: 'SELECTION',
    status: 400,
    message: 'The place in the list is not one that a list gave; begin anew',
  });
}
