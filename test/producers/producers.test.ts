import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import { rootDir } from '../src/support/flow-stack.ts';
import { missingPrograms, PRODUCERS, runCommand } from './producer.ts';

const ORDER_ID = '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d';

/** The contract as its published JSON Schema says. */
const sendConfirmationEmail = defineContract({
  name: 'send-confirmation-email',
  version: 1,
  description: 'Records its payload.',
  queue: 'emails',
  schema: JSON.parse(
    readFileSync(join(rootDir, 'docs/contracts/send-confirmation-email/v1.schema.json'), 'utf8'),
  ) as object,
  example: { orderId: ORDER_ID, email: 'ada@example.com' },
});

for (const producer of PRODUCERS) {
  describe(`the producer in ${producer.language}`, () => {
    let bed: TaskTestBed;
    let handled: unknown[];

    before(async function () {
      const missing = missingPrograms(producer);
      if (missing.length > 0) {
        process.stdout.write(`Skipped: ${producer.language} needs ${missing.join(' and ')}\n`);
        this.skip();
      }
      for (const command of producer.install) await runCommand(command);
    });
    beforeEach(async () => {
      handled = [];
      const handler = defineHandler(sendConfirmationEmail, {
        handle: async (payload, context) => {
          handled.push(payload);
          await context.finish(async () => {});
        },
      });
      bed = await startTaskTestBed({ handlers: [handler] });
    });
    afterEach(() => bed.close());

    const enqueue = (orderId: string, email: string): Promise<string> => {
      const [program, ...args] = producer.run.line;
      return runCommand(
        { folder: producer.run.folder, line: [program, ...args, orderId, email] },
        {
          CLOUD_TASKS_EMULATOR_HOST: bed.cloudTasksAddress,
          PROJECT: bed.queueLocation.project,
          LOCATION: bed.queueLocation.location,
        },
      );
    };

    it('enqueues a task that the worker runs once, however often it is enqueued', async () => {
      assert.equal(await enqueue(ORDER_ID, 'ada@example.com'), 'enqueued');
      await bed.whenIdle();
      assert.equal(await enqueue(ORDER_ID, 'ada@example.com'), 'already enqueued');
      await bed.whenIdle();
      assert.deepEqual(handled, [{ orderId: ORDER_ID, email: 'ada@example.com' }]);
      await bed.assertState(`emails.${ORDER_ID}-confirmation`, 'succeeded');
    });

    it('refuses a payload that breaks the JSON Schema', async () => {
      await assert.rejects(enqueue('no-order-id', 'ada@example.com'), /exited with [^0]/);
      const [tasks] = await bed.cloudTasks.listTasks({
        parent: bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'emails'),
      });
      assert.deepEqual(tasks, []);
    });
  });
}
