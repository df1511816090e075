// The shape of Google's App Engine samples for Cloud Tasks: Express, both clients made when the process starts, nothing
// bundled. Its task reads and writes one document, without any of what makes a task exactly once.
import { Firestore } from '@google-cloud/firestore';
import { CloudTasksClient } from '@google-cloud/tasks';
import express from 'express';

const projectId = process.env.GOOGLE_CLOUD_PROJECT;
const [host, port] = (process.env.CLOUD_TASKS_EMULATOR_HOST ?? '').split(':');
const firestore = new Firestore({ projectId, host: process.env.FIRESTORE_EMULATOR_HOST, ssl: false });
export const tasks = new CloudTasksClient({ projectId, apiEndpoint: host, port: Number(port) });

const app = express();
app.use(express.json());
app.get('/healthz', (_request, response) => {
  response.json({ status: 'alive' });
});
app.post('/task', async (request, response) => {
  const document = firestore.doc(`orders/${request.body.orderId}`);
  await firestore.runTransaction(async (transaction) => {
    await transaction.get(document);
    transaction.update(document, { reserved: true });
  });
  response.status(200).end();
});
app.listen(Number(process.env.PORT));
