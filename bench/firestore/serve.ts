// A Firestore emulator in a process of its own, durable, so that its CPU time is its alone.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import type { ServerMessage } from './server-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));
const emulator = await startFirestoreEmulator({ port: 0, dataDir });
let before = process.cpuUsage();
const tell = (): void => {
  const used = process.cpuUsage(before);
  before = process.cpuUsage();
  const message: ServerMessage = {
    port: emulator.port,
    cpuMicros: used.user + used.system,
    residentBytes: process.memoryUsage.rss(),
  };
  process.send?.(message);
};
process.on('message', tell);
// The bench ends its servers by hanging up.
process.on('disconnect', () => process.exit());
tell();
