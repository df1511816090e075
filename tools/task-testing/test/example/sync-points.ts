import type { Firestore } from '@google-cloud/firestore';
import { defineContract } from '@waybill/contract-kit';
import {
  defineHandler,
  PermanentError,
  RetryLaterError,
  StepNotDoneError,
  type TaskHandler,
} from '@waybill/task-runtime';

/** The example of docs/testing-handlers.md. In the project itself a contract has a file of its own. */
export const syncPoints = defineContract({
  name: 'sync-points',
  version: 1,
  description:
    'Credits an order’s points to its member, at the provider of the programme, and texts the member.',
  queue: 'points',
  limits: { maxAttempts: 4 },
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'memberId', 'points'],
    properties: {
      orderId: { type: 'string' },
      memberId: { type: 'string' },
      points: { type: 'integer', minimum: 1 },
    },
  },
  example: { orderId: 'o-1', memberId: 'm-1', points: 120 },
});

export const tellBalance = defineContract({
  name: 'tell-balance',
  version: 1,
  description: 'Puts a member’s balance into the next letter.',
  queue: 'points',
  delaySeconds: 7_200,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['memberId'],
    properties: { memberId: { type: 'string' } },
  },
  example: { memberId: 'm-1' },
});

/** Recognises a key for ever: the same call again answers the same, and credits nothing. */
export interface PointsProvider {
  credit(key: string, memberId: string, points: number): Promise<{ balance: number }>;
}
/** The provider wants to be left alone for a while. */
export class ProviderBusyError extends Error {
  override readonly name = 'ProviderBusyError';
}
/** The provider has no such member, and won't have. */
export class MemberUnknownError extends Error {
  override readonly name = 'MemberUnknownError';
}

/** Recognises nothing: each call is another text. */
export interface TextMessages {
  send(memberId: string, text: string): Promise<void>;
}
/** The text was refused before it went anywhere. */
export class TextNotTakenError extends Error {
  override readonly name = 'TextNotTakenError';
}

export interface PointsDependencies {
  readonly firestore: Firestore;
  readonly provider: PointsProvider;
  readonly texts: TextMessages;
}

export function createSyncPoints(dependencies: PointsDependencies): TaskHandler {
  const { provider, texts } = dependencies;
  return defineHandler(syncPoints, {
    async handle({ orderId, memberId, points }, context) {
      const { balance } = await context.step('credit', async (key) => {
        try {
          return await provider.credit(key, memberId, points);
        } catch (cause) {
          if (cause instanceof ProviderBusyError) throw new RetryLaterError(300, cause.message, { cause });
          if (cause instanceof MemberUnknownError) {
            throw new PermanentError('MEMBER_UNKNOWN', cause.message, { cause });
          }
          throw cause;
        }
      });
      await context.step('text', { atMostOnce: true }, async () => {
        try {
          await texts.send(memberId, `You have ${balance} points`);
        } catch (cause) {
          if (cause instanceof TextNotTakenError) throw new StepNotDoneError(cause.message, { cause });
          throw cause;
        }
      });
      await context.finish(async (transaction) => {
        const member = dependencies.firestore.doc(`members/${memberId}`);
        const earned = ((await transaction.get(member)).get('earned') as number | undefined) ?? 0;
        transaction.set(member, { earned: earned + points, balance });
        transaction.set(dependencies.firestore.doc(`points/${orderId}`), { state: 'credited' });
        transaction.enqueue(tellBalance, { memberId }, { subject: context.subject });
      });
    },

    async onDead({ payload, error }, transaction) {
      // A payload that broke its contract is not handed over.
      if (payload === undefined) return;
      const order = dependencies.firestore.doc(`points/${payload.orderId}`);
      transaction.set(order, { state: 'failed', code: error.code });
    },
  });
}

export function createTellBalance(dependencies: Pick<PointsDependencies, 'firestore'>): TaskHandler {
  return defineHandler(tellBalance, {
    async handle({ memberId }, context) {
      const letter = dependencies.firestore.doc(`letters/${memberId}`);
      await context.finish(async (transaction) => {
        const times = ((await transaction.get(letter)).get('times') as number | undefined) ?? 0;
        transaction.set(letter, { times: times + 1 });
      });
    },
  });
}
