import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, PermanentError, type TaskContext } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

const rootDir = join(import.meta.dirname, '../../../../..');
interface Index {
  readonly collectionGroup: string;
  readonly fields: readonly { readonly fieldPath: string }[];
}
const { indexes } = JSON.parse(readFileSync(join(rootDir, 'firestore.indexes.json'), 'utf8')) as {
  indexes: readonly Index[];
};
const ofTasks = indexes.filter(({ collectionGroup }) => collectionGroup === 'tasks');
const foldLetter = defineContract({
  ...aboutALetter,
  name: 'fold-letter',
  description: 'Folds a letter.',
  outcomes: ['torn'],
});
type Document = Readonly<Record<string, unknown>>;

/** The entries of a document in the composite indexes: it is in those whose fields it has, all of them. */
function entriesOf(document: Document | undefined): Set<string> {
  return new Set(
    ofTasks.flatMap(({ fields }) => {
      const values = fields.map(({ fieldPath }) =>
        fieldPath
          .split('.')
          .reduce<unknown>((value, name) => (value as Document | null | undefined)?.[name], document),
      );
      const names = fields.map(({ fieldPath }) => fieldPath).join();
      return values.some((value) => value === undefined) ? [] : [`${names} ${JSON.stringify(values)}`];
    }),
  );
}

/** The entries that a write of Firestore takes out and puts in, as docs/costs.md has them. */
function documentedEntries(): Map<string, readonly [removed: number, added: number]> {
  const lines = readFileSync(join(rootDir, 'docs/costs.md'), 'utf8').matchAll(
    /^\| ([^|]+?) \| (\d+) \| (\d+) \| (?:yes|no) \|$/gm,
  );
  return new Map([...lines].map(([, what = '', removed, added]) => [what, [Number(removed), Number(added)]]));
}

describe('docs/costs.md, of index entries', () => {
  let bed: TaskTestBed;
  let handle: (context: TaskContext<'torn'>) => Promise<void> = async () => {};
  const counted = new Map<string, readonly [removed: number, added: number]>();

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [defineHandler(foldLetter, { handle: (_payload, context) => handle(context) })],
      timing: { heartbeatMs: 3_600_000 },
    });
  });
  after(() => bed.close());

  const read = async (taskId: string): Promise<Document | undefined> =>
    (await bed.firestore.doc(`tasks/${taskId}`).get()).data();
  const count = (what: string, before: Document | undefined, after: Document | undefined): void => {
    const [old, present] = [entriesOf(before), entriesOf(after)];
    const missing = (from: Set<string>, all: Set<string>): number =>
      [...from].filter((entry) => !all.has(entry)).length;
    counted.set(what, [missing(old, present), missing(present, old)]);
  };
  /** Its documents: as enqueued, in each step of its handler, and at its end. */
  const run = async (
    options: { retryCount?: number },
    work: (context: TaskContext<'torn'>, seen: () => Promise<void>) => Promise<void>,
  ): Promise<(Document | undefined)[]> => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a', delaySeconds: 20 * 86_400 }),
    );
    const documents = [await read(taskId)];
    handle = (context) => work(context, async () => void documents.push(await read(taskId)));
    await bed.deliver(taskId, options);
    return [...documents, await read(taskId)];
  };

  it('counts what each transition takes out and puts in', async () => {
    const enqueued = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a' }),
    );
    await bed.whenIdle();
    const ended = await read(enqueued.taskId);
    const immediate = { ...ended, state: 'pending', dueAt: ended?.['createdAt'] };
    count('an immediate task is enqueued', undefined, immediate);
    count('it succeeds, its claim in the same commit', immediate, ended);
    count('Firestore deletes its record', ended, undefined);

    const [pending, running, stepped, succeeded] = await run({ retryCount: 1 }, async (context, seen) => {
      await seen();
      await context.step('press', async () => {});
      await seen();
    });
    count('a delayed task is enqueued and recorded as sent', undefined, pending);
    count('a claim is written', pending, running);
    count('a step is recorded', running, stepped);
    count('a claimed task succeeds', stepped, succeeded);

    const outcome = await run({ retryCount: 1 }, async (context, seen) => {
      await seen();
      await context.finish(async () => {}, { outcome: 'torn' });
    });
    count('a claimed task ends with a declared outcome', outcome[1], outcome[2]);

    const failed = await run({ retryCount: 1 }, async (_context, seen) => {
      await seen();
      throw new Error('wet');
    });
    count('an attempt fails', failed[1], failed[2]);
    const dead = await run({ retryCount: 1 }, async (_context, seen) => {
      await seen();
      throw new PermanentError('WET', 'wet');
    });
    count('a task is dead', dead[1], dead[2]);
    assert.deepEqual(counted, documentedEntries());
  });

  it('finds a time at the beginning of no index, and a shard, a queue or a subject before each', () => {
    for (const { fields } of ofTasks) {
      const [first] = fields;
      const isOfTime = fields.some(({ fieldPath }) =>
        /At$|At[A-Z]|notBefore/.test(fieldPath.replace('atMs', 'atAt')),
      );
      if (isOfTime) assert.match(first?.fieldPath ?? '', /^(shard|queue|subject)$/);
    }
  });
});
