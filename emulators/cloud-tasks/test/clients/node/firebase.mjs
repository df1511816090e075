// Enqueues and deletes tasks of a function with firebase-admin.
import { initializeApp } from 'firebase-admin/app';
import { getFunctions } from 'firebase-admin/functions';

const { PROJECT, TARGET_URL } = process.env;
const functions = getFunctions(initializeApp({ projectId: PROJECT }));
const queue = functions.taskQueue('resize');

function print(...values) {
  process.stdout.write(`${values.join(' ')}\n`);
}

await queue.enqueue({ size: 1 }, { id: 'first' });
print('enqueue', 'OK');
await queue.enqueue({ size: 2 }, { uri: `${TARGET_URL}/own`, headers: { 'X-Own': 'yes' } });
print('enqueue', 'OK');
await queue.enqueue({ size: 3 }, { id: 'later', scheduleDelaySeconds: 3_600, dispatchDeadlineSeconds: 60 });
await queue.enqueue({ size: 3 }, { id: 'later' }).catch((error) => print('enqueue', error.code));
await queue.delete('later');
print('delete', 'OK');
await functions
  .taskQueue('none')
  .enqueue({})
  .catch((error) => print('enqueue', error.code));
