import { type Logger, ServiceError } from '@waybill/service-kit';
import {
  cursorBefore,
  type StepVerdict,
  type TaskOperator,
  type TaskSearch,
} from '@waybill/task-runtime/operator';
import { QUEUE_ACTIONS, type QueueAction, type QueueService } from '../queues/queue-service.ts';
import type { AuditLog } from './audit-log.ts';
import type { SubjectEraser } from './subject-eraser.ts';
import { VERDICT_TEXTS } from './verdict.ts';

/** Who acts, why, and where that is logged. */
export interface Acting {
  readonly by: string;
  readonly why: string;
  readonly logger: Logger;
}

/** What can be done to a task. */
export const TASK_ACTIONS = ['replay', 'discard', 'cancel', 'run', 'erase'] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/** What a replay changes in a dead letter. */
export interface ReplayChanges {
  readonly payload?: unknown;
  readonly verdict?: StepVerdict | undefined;
}

/** What can be done to many dead letters. */
export type DeadLetterAction = 'replay' | 'discard';

/** What came of one of many. */
export interface LetterOutcome {
  readonly taskId: string;
  /** Undefined: it is done. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** What came of one batch of a larger action. */
export interface BatchOutcome {
  readonly letters: readonly LetterOutcome[];
  /** Where the next batch begins; undefined: all is done. */
  readonly next: string | undefined;
}

/** So many dead letters at a time: one request's work. */
export const BATCH_SIZE = 25;
const SIDE_BY_SIDE = 5;
const MAX_WHY_LENGTH = 1_000;

/** Everything that operators can do, each recorded with who and why. The pages and the API both come here. */
export class OperatorActions {
  readonly #operator: TaskOperator;
  readonly #search: TaskSearch;
  readonly #queueService: QueueService;
  readonly #auditLog: AuditLog;
  readonly #eraser: SubjectEraser;

  constructor(parts: {
    operator: TaskOperator;
    search: TaskSearch;
    queueService: QueueService;
    auditLog: AuditLog;
    eraser: SubjectEraser;
  }) {
    this.#operator = parts.operator;
    this.#search = parts.search;
    this.#queueService = parts.queueService;
    this.#auditLog = parts.auditLog;
    this.#eraser = parts.eraser;
  }

  /**
   * Does something to one task.
   * @param changes for `replay`: the payload that takes the place of the task's own, and what came of a call that may
   *   have happened
   * @throws {ServiceError} `WHY_MISSING`, and what {@link TaskOperator} and {@link QueueService} throw
   */
  async act(action: TaskAction, taskId: string, acting: Acting, changes: ReplayChanges = {}): Promise<void> {
    const actor = actorOf(acting);
    const name = action === 'replay' ? replayName(changes) : action;
    await this.#auditLog.record(
      { ...actor, action: name, target: `tasks/${taskId}` },
      acting.logger,
      async () => {
        if (action === 'replay') await this.#operator.replay(taskId, actor, changes);
        else if (action === 'discard') await this.#operator.discard(taskId, actor);
        else if (action === 'cancel') await this.#operator.cancel(taskId, actor);
        else if (action === 'erase') await this.#operator.eraseTask(taskId, actor);
        else {
          const { queue, name: taskName } = await this.#operator.runNow(taskId, actor);
          await this.#queueService.run(queue, taskName);
        }
        return 'done';
      },
    );
  }

  /** Records that somebody looks at what is masked in a task, before it is shown. Nobody has to say why. */
  async look(taskId: string, { by, logger }: Omit<Acting, 'why'>): Promise<void> {
    const target = `tasks/${taskId}`;
    await this.#auditLog.record({ by, why: '', action: 'show values', target }, logger, async () => 'done');
  }

  /** Does something to several dead letters, five side by side. One that can't be done keeps none of the others. */
  async actOnLetters(
    action: DeadLetterAction,
    taskIds: readonly string[],
    acting: Acting,
  ): Promise<LetterOutcome[]> {
    const actor = actorOf(acting);
    const outcomes: LetterOutcome[] = [];
    const target = taskIds.length === 1 ? '1 dead letter' : `${taskIds.length} dead letters`;
    await this.#auditLog.record({ ...actor, action, target }, acting.logger, async () => {
      for (let from = 0; from < taskIds.length; from += SIDE_BY_SIDE) {
        const few = taskIds.slice(from, from + SIDE_BY_SIDE);
        outcomes.push(...(await Promise.all(few.map((taskId) => this.#actOnLetter(action, taskId, actor)))));
      }
      const failed = outcomes.filter(({ problem }) => problem !== undefined).length;
      return failed === 0 ? 'done' : `done, but for ${failed}`;
    });
    return outcomes;
  }

  /**
   * Does something to the next batch of all dead letters of a contract (undefined: of all). Those that died after
   * `untilMs` are left alone, so that one that dies again at once is not replayed for ever.
   */
  async actOnBatch(
    action: DeadLetterAction,
    batch: { contract: string | undefined; untilMs: number; cursor: string | undefined },
    acting: Acting,
  ): Promise<BatchOutcome> {
    const { contract, untilMs, cursor } = batch;
    const page = await this.#search.page(
      { state: 'dead', ...(contract !== undefined && { contract }) },
      { size: BATCH_SIZE, cursor: cursor ?? cursorBefore(untilMs) },
    );
    const taskIds = page.tasks.map(({ taskId }) => taskId);
    const letters = taskIds.length === 0 ? [] : await this.actOnLetters(action, taskIds, acting);
    return { letters, next: page.next };
  }

  /**
   * Takes what is personal out of all that is about one thing.
   * @param subject such as `orders/<id>`, by which it is recorded
   */
  async erase(subject: string, acting: Acting): Promise<void> {
    const actor = actorOf(acting);
    await this.#auditLog.record({ ...actor, action: 'erase', target: subject }, acting.logger, async () => {
      await this.#eraser.erase(subject, actor);
      return 'done';
    });
  }

  /** Pauses, resumes or purges a queue. */
  async actOnQueue(action: QueueAction, queue: string, acting: Acting): Promise<void> {
    const actor = actorOf(acting);
    await this.#auditLog.record({ ...actor, action, target: `queues/${queue}` }, acting.logger, async () => {
      await this.#queueService.change(queue, action);
      return 'done';
    });
  }

  async #actOnLetter(
    action: DeadLetterAction,
    taskId: string,
    actor: { by: string; why: string },
  ): Promise<LetterOutcome> {
    try {
      if (action === 'replay') await this.#operator.replay(taskId, actor);
      else await this.#operator.discard(taskId, actor);
      return { taskId };
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      // Anything but a refusal is not this letter's alone: the store is away, or this code is wrong.
      if (typeof code !== 'string' || code === 'STORE_UNAVAILABLE') throw error;
      return { taskId, problem: { code, message: String(message) } };
    }
  }
}

function replayName({ payload, verdict }: ReplayChanges): string {
  const name = payload === undefined ? 'replay' : 'replay with a mended payload';
  return verdict === undefined ? name : `${name}: ${VERDICT_TEXTS[verdict]}`;
}

/** Whether a text names something that can be done to a task. */
export function isTaskAction(text: string): text is TaskAction {
  return TASK_ACTIONS.some((action) => action === text);
}

/**
 * Checks that an operator repeated the name of what an action destroys.
 * @throws {ServiceError} 400 `NAME_NOT_REPEATED`
 */
export function checkRepeatedName(given: unknown, name: string, action: string): void {
  if (typeof given === 'string' && given.trim() === name) return;
  throw new ServiceError({
    code: 'NAME_NOT_REPEATED',
    status: 400,
    message: `To ${action} ${name}, repeat it in "name"`,
  });
}

/** Whether a text names something that can be done to a queue. */
export function isQueueAction(text: string): text is QueueAction {
  return QUEUE_ACTIONS.some((action) => action === text);
}

/**
 * Who acts, and why.
 * @throws {ServiceError} 400 `WHY_MISSING` without a reason
 */
export function actorOf({ by, why }: Pick<Acting, 'by' | 'why'>): { by: string; why: string } {
  const reason = why.trim();
  if (reason === '' || reason.length > MAX_WHY_LENGTH) {
    throw new ServiceError({
      code: 'WHY_MISSING',
      status: 400,
      message: `Say why, in 1 to ${MAX_WHY_LENGTH} characters, without personal data`,
    });
  }
  return { by, why: reason };
}
