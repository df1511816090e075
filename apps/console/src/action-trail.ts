import { type Firestore, Timestamp } from '@google-cloud/firestore';
import type { Logger } from '@waybill/service-kit';

/** What an operator does, and why. */
export interface OperatorAction {
  readonly by: string;
  /** As it is called on the pages: `replay`, `pause`. */
  readonly action: string;
  /** What it is done to, by its id or name. */
  readonly target: string;
  readonly why: string;
}

/** An action that was taken. `begun`: nobody knows what came of it. */
export interface RecordedAction extends OperatorAction {
  readonly atMs: number;
  readonly outcome: string;
}

/** Everything that operators did, in the collection `operatorActions`, beside what the tasks' own records tell. */
export class ActionTrail {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /**
   * Does something, recorded before it is begun: what can't be recorded is not done.
   * @param work gives what came of it, as the trail is to tell it: `done`
   * @throws whatever `work` throws, once that is recorded
   */
  async record(action: OperatorAction, logger: Logger, work: () => Promise<string>): Promise<string> {
    const reference = this.#firestore.collection('operatorActions').doc();
    // Written with a time of Firestore's own, like all times here.
    const at = Timestamp.fromMillis((await reference.get()).readTime.toMillis());
    await reference.create({ ...action, at, outcome: 'begun' });
    let outcome = 'failed';
    try {
      outcome = await work();
      return outcome;
    } catch (error) {
      const { code } = error as { code?: unknown };
      outcome = typeof code === 'string' ? `refused: ${code}` : 'failed';
      throw error;
    } finally {
      const { by, action: name, target } = action;
      logger.notice('operator action', { event: 'operator.action', by, action: name, target, outcome });
      await reference.update({ outcome }).catch((error: unknown) => {
        logger.warning('outcome of an operator action not recorded', { error, target });
      });
    }
  }

  /** The newest actions, at most `limit`; a read for each. */
  async newest(limit: number): Promise<RecordedAction[]> {
    const { docs } = await this.#firestore
      .collection('operatorActions')
      .orderBy('at', 'desc')
      .limit(limit)
      .get();
    return docs.map((snapshot) => {
      const text = (field: string): string => String(snapshot.get(field) ?? '');
      const at: unknown = snapshot.get('at');
      return {
        atMs: at instanceof Timestamp ? at.toMillis() : 0,
        by: text('by'),
        action: text('action'),
        target: text('target'),
        why: text('why'),
        outcome: text('outcome'),
      };
    });
  }
}
