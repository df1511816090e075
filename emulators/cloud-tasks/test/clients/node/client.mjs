// Calls every method of Cloud Tasks v2 with the official client: node client.mjs grpc|rest
import { v2 } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';

const { CLOUD_TASKS_EMULATOR_HOST = '', PROJECT, LOCATION, TARGET_URL } = process.env;
const [host, port] = CLOUD_TASKS_EMULATOR_HOST.split(':');
const endpoint = { projectId: PROJECT, apiEndpoint: host, port: Number(port) };
const client =
  process.argv[2] === 'rest'
    ? new v2.CloudTasksClient({
        ...endpoint,
        fallback: true,
        protocol: 'http',
        authClient: new PassThroughClient(),
      })
    : new v2.CloudTasksClient({ ...endpoint, sslCreds: grpc.credentials.createInsecure() });

const parent = client.locationPath(PROJECT, LOCATION);
const name = client.queuePath(PROJECT, LOCATION, 'clients');
const task = client.taskPath(PROJECT, LOCATION, 'clients', 'a');

function print(method, ...values) {
  process.stdout.write(`${[method, ...values].join(' ')}\n`);
}

function printQueue(method, { state, rateLimits, retryConfig }) {
  const { maxDispatchesPerSecond, maxBurstSize } = rateLimits;
  print(method, state, maxDispatchesPerSecond, maxBurstSize, retryConfig.maxAttempts);
}

function printTask(method, { httpRequest, view }) {
  print(method, httpRequest.httpMethod, Buffer.from(httpRequest.body ?? '').toString() || '-', view);
}

async function printRefusal(method, call) {
  const code = await call.then(
    () => 'OK',
    (error) => grpc.status[error.code] ?? error.message,
  );
  print(method, code);
}

const locations = [];
for await (const { locationId } of client.listLocationsAsync({ name: `projects/${PROJECT}` }))
  locations.push(locationId);
print('ListLocations', locations.includes(LOCATION));
print('GetLocation', (await client.getLocation({ name: parent }))[0].locationId);

const settings = { rateLimits: { maxDispatchesPerSecond: 5 }, retryConfig: { maxAttempts: 3 } };
printQueue('CreateQueue', (await client.createQueue({ parent, queue: { name, ...settings } }))[0]);
printQueue('GetQueue', (await client.getQueue({ name }))[0]);
const change = { name, rateLimits: { maxDispatchesPerSecond: 6 }, retryConfig: { maxAttempts: 9 } };
const updateMask = { paths: ['rate_limits.max_dispatches_per_second'] };
printQueue('UpdateQueue', (await client.updateQueue({ queue: change, updateMask }))[0]);
printQueue(
  'UpdateQueue',
  (await client.updateQueue({ queue: { name, retryConfig: { maxAttempts: 4 } } }))[0],
);
const queues = [];
for await (const queue of client.listQueuesAsync({ parent, filter: 'state:RUNNING', pageSize: 1 }))
  queues.push(queue);
print(
  'ListQueues',
  queues.map((queue) => queue.name.split('/').at(-1)),
);
print('PauseQueue', (await client.pauseQueue({ name }))[0].state);

const policy = { bindings: [{ role: 'roles/viewer', members: ['user:ada@example.com'] }] };
print('SetIamPolicy', (await client.setIamPolicy({ resource: name, policy }))[0].bindings[0].role);
print('GetIamPolicy', (await client.getIamPolicy({ resource: name }))[0].bindings[0].members);
const permissions = ['cloudtasks.queues.get'];
print(
  'TestIamPermissions',
  (await client.testIamPermissions({ resource: name, permissions }))[0].permissions,
);

const httpRequest = {
  url: TARGET_URL,
  httpMethod: 'PUT',
  headers: { 'Content-Type': 'text/plain' },
  body: Buffer.from('hello'),
};
const named = { name: task, httpRequest, dispatchDeadline: { seconds: 20 } };
printTask('CreateTask', (await client.createTask({ parent: name, task: named, responseView: 'FULL' }))[0]);
const [other] = await client.createTask({ parent: name, task: { httpRequest } });
printTask('CreateTask', other);
const tasks = [];
for await (const each of client.listTasksAsync({ parent: name, responseView: 'FULL', pageSize: 1 }))
  tasks.push(each);
print(
  'ListTasks',
  tasks.length,
  tasks.every(({ view }) => view === 'FULL'),
);
printTask('GetTask', (await client.getTask({ name: task, responseView: 'FULL' }))[0]);
printTask('GetTask', (await client.getTask({ name: task }))[0]);
print('RunTask', (await client.runTask({ name: task }))[0].dispatchCount);
await printRefusal('CreateTask', client.createTask({ parent: name, task: named }));
await printRefusal('DeleteTask', client.deleteTask({ name: other.name }));
await printRefusal('GetTask', client.getTask({ name: other.name }));
print('PurgeQueue', (await client.purgeQueue({ name }))[0].state);
print('ResumeQueue', (await client.resumeQueue({ name }))[0].state);
await printRefusal('DeleteQueue', client.deleteQueue({ name }));
await printRefusal('GetQueue', client.getQueue({ name }));
await client.close();
