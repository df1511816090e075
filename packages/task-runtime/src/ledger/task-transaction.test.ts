import { defineContract } from '@waybill/contract-kit';
import type { TaskContext } from '../worker/task-handler.ts';
import { defineHandler } from '../worker/task-handler.ts';
import type { TaskTransaction } from './task-transaction.ts';

const packBox = defineContract({
  name: 'pack-box',
  version: 1,
  description: 'Packs a box.',
  queue: 'boxes',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['boxId', 'size'],
    properties: { boxId: { type: 'string' }, size: { enum: ['small', 'large'] } },
  },
  example: { boxId: 'b1', size: 'small' },
});
const subject = { subject: 'boxes/b1' };

// `npm run check` compiles this; nothing of it runs.
describe('the types of a producer and of a handler', () => {
  it('take the payload’s type from the contract, not from the payload', () => {
    const produce = (transaction: TaskTransaction): void => {
      const incomplete = { boxId: 'b1' };
      // @ts-expect-error size is missing
      transaction.enqueue(packBox, incomplete, subject);
      const widened = { boxId: 'b1', size: 'medium' };
      // @ts-expect-error size is any string
      transaction.enqueue(packBox, widened, subject);
      transaction.enqueue(packBox, { boxId: 'b1', size: 'large' }, subject);
    };
    const followUp = (context: TaskContext): Promise<void> =>
      context.finish(async (transaction) => {
        const wrongType = { boxId: 1, size: 'small' } as const;
        // @ts-expect-error boxId is a number
        transaction.enqueue(packBox, wrongType, subject);
      });
    void [produce, followUp];
  });

  it('refuse a handler for another payload', () => {
    // @ts-expect-error the payload has no such member
    defineHandler(packBox, { handle: async ({ letterId }) => void letterId });
    // @ts-expect-error boxId is a string
    defineHandler(packBox, { handle: async (payload: { boxId: number }) => void payload });
  });
});
