// Gets one document over and over, in a process of its own: decoding the results of queries must not count as waiting.

import { performance } from 'node:perf_hooks';
import { Firestore } from '@google-cloud/firestore';

const [, , port = '', path = ''] = process.argv;
const firestore = new Firestore({ projectId: 'bench', host: `127.0.0.1:${port}`, ssl: false });
const document = firestore.doc(path);
let waits: number[] = [];
process.on('message', () => {
  process.send?.(waits.toSorted((left, right) => left - right));
  waits = [];
});
process.on('disconnect', () => process.exit());
await document.get();
process.send?.([]);
for (;;) {
  const start = performance.now();
  await document.get();
  waits.push(performance.now() - start);
}
