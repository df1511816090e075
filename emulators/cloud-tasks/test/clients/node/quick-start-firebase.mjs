import { initializeApp } from 'firebase-admin/app';
import { getFunctions } from 'firebase-admin/functions';

const letters = getFunctions(initializeApp({ projectId: 'demo' })).taskQueue('letters');
await letters.enqueue({ to: 'ada' });
