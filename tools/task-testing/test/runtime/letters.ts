import { defineContract } from '@waybill/contract-kit';
import { defineHandler, type TaskContext } from '@waybill/task-runtime';
import { newTaskRecord } from '@waybill/task-runtime/internal';
import type { TaskRecord } from '@waybill/task-runtime/operator';
import sinon from 'sinon';
import { startTaskTestBed, type TaskTestBed } from '../../src/bed/start-task-test-bed.ts';

/** The members that the tests' contracts share. */
export const aboutALetter = {
  version: 1,
  queue: 'letters',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letterId'],
    properties: { letterId: { type: 'string' } },
  },
  example: { letterId: 'a' },
} as const;

/** The task of most tests: it has three attempts, an hour, and a second for each. */
export const foldLetter = defineContract({
  name: 'fold-letter',
  description: 'Folds a letter.',
  deadlineSeconds: 1,
  limits: { maxAttempts: 3, maxAgeSeconds: 3_600 },
  ...aboutALetter,
});
export const mailLetter = defineContract({
  name: 'mail-letter',
  description: 'Mails a letter.',
  ...aboutALetter,
});

export const pressLetter = defineContract({
  name: 'press-letter',
  description: 'Presses a letter flat, once its ink is dry.',
  delaySeconds: 7_200,
  ...aboutALetter,
});

/** It puts right what another task left wrong: a purge does not end it. */
export const unfoldLetter = defineContract({
  name: 'unfold-letter',
  description: 'Unfolds a letter that nobody wants.',
  survivesPurge: true,
  ...aboutALetter,
});

interface Letter {
  letterId: string;
}
type Handle = (payload: Letter, context: TaskContext) => Promise<void>;

/** Handles {@link foldLetter}. By default it writes once, which counts how often it took effect. */
export const handle = sinon.stub<Parameters<Handle>, ReturnType<Handle>>();
/** Handles {@link mailLetter}. By default it does nothing. */
export const mail = sinon.stub<Parameters<Handle>, ReturnType<Handle>>();
/** In the tests of a suite with {@link useLetters}. */
export let bed: TaskTestBed;
/** Another in each test. */
export let letterId: string;
let letters = 0;

/** Has the suite that calls it run with a bed of its own, and with stubs that are new in each test. */
export function useLetters(): void {
  before(async () => {
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: (payload, context) => handle(payload, context),
          onDead: async ({ payload, error }, transaction) => {
            const id = payload?.letterId ?? 'unreadable';
            transaction.set(bed.firestore.doc(`burnt/${id}`), { code: error.code });
          },
        }),
        defineHandler(mailLetter, { handle: (payload, context) => mail(payload, context) }),
        defineHandler(pressLetter, { handle: async () => {} }),
        defineHandler(unfoldLetter, { handle: (payload, context) => handle(payload, context) }),
      ],
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    letters += 1;
    letterId = `letter-${letters}`;
    handle.reset();
    mail.reset();
    handle.callsFake(async (payload, context) => {
      const letter = bed.firestore.doc(`letters/${payload.letterId}`);
      await context.finish(async (transaction) => {
        const folds = ((await transaction.get(letter)).get('folds') as number | undefined) ?? 0;
        transaction.set(letter, { folds: folds + 1 });
      });
    });
    mail.resolves();
  });
}

export const subject = (): string => `letters/${letterId}`;

/** The number of times the letter was folded, in effect. */
export const folds = async (): Promise<unknown> =>
  (await bed.firestore.doc(`letters/${letterId}`).get()).get('folds');

/** The record of a folding that was enqueued then, and never sent. */
export function unsentRecord(
  taskId: string,
  enqueuedAtMs: number,
  payload: Letter = { letterId },
): TaskRecord {
  const task = {
    taskId,
    contract: foldLetter,
    payload,
    subject: subject(),
    route: { service: 'worker', version: null },
    generation: 0,
    notBeforeMs: null,
    traceparent: null,
    parent: null,
    commitId: taskId,
  };
  return newTaskRecord(task, enqueuedAtMs, enqueuedAtMs + 60_000);
}

/** Enqueues the folding of the test's letter. */
export const enqueue = (
  options: { delaySeconds?: number; dedupeKey?: string } = {},
): Promise<{ taskId: string }> =>
  bed.client.transaction(async (transaction) =>
    transaction.enqueue(foldLetter, { letterId }, { subject: subject(), ...options }),
  );
