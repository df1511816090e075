import { CloudTasksClient } from '@google-cloud/tasks';
import { grpc } from 'google-gax';

const [apiEndpoint, port] = process.env.CLOUD_TASKS_EMULATOR_HOST.split(':');
const client = new CloudTasksClient({
  apiEndpoint,
  port: Number(port),
  sslCreds: grpc.credentials.createInsecure(),
});
const parent = client.queuePath('demo', 'us-central1', 'letters');
const httpRequest = { url: 'http://127.0.0.1:8080/letters', body: Buffer.from('{"to":"ada"}') };
const [task] = await client.createTask({ parent, task: { httpRequest } });
console.log(task.name);
await client.close();
