import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { StagedProcess } from '@waybill/deploy';

/** The measures of one start. */
export interface Start {
  /** From the spawn to the first 200 of `/healthz`, in milliseconds. */
  readonly firstResponseMs: number;
  /** From the spawn to the 200 of the first task, in milliseconds. */
  readonly firstTaskMs: number;
  /** Processor time up to then, in milliseconds; 0 where that can't be read. It varies less on a busy machine. */
  readonly cpuMs: number;
  /** Resident memory after it; 0 where that can't be read. */
  readonly memoryMb: number;
}

/** A service to start. */
export interface Subject {
  readonly entrypoint: string;
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly port: number;
  /** The task, as Cloud Tasks posts it. */
  readonly task: { path: string; headers: Record<string, string>; body: string };
}

const START_TIMEOUT_MS = 60_000;

/** Starts a service, requests its health and then a task, and kills it. */
export async function measureStart(subject: Subject): Promise<Start> {
  const { entrypoint, folder, environment, port, task } = subject;
  const startedAt = performance.now();
  const service = new StagedProcess({ entrypoint, folder, environment });
  try {
    while ((await ask(port, 'GET', '/healthz')) !== 200) {
      if (service.end !== undefined || performance.now() - startedAt > START_TIMEOUT_MS) {
        throw new Error(`${folder} did not start:\n${service.lastLines.join('\n')}`);
      }
    }
    const firstResponseMs = performance.now() - startedAt;
    const status = await ask(port, 'POST', task.path, task.headers, task.body);
    const firstTaskMs = performance.now() - startedAt;
    if (status !== 200) {
      throw new Error(`${folder}: the task was answered ${status}:\n${service.lastLines.join('\n')}`);
    }
    return { firstResponseMs, firstTaskMs, cpuMs: cpuMsOf(service.pid), memoryMb: memoryOf(service.pid) };
  } finally {
    service.signal('SIGKILL');
    await service.ended;
  }
}

/** The status of an answer; 0 where nobody listens. */
function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<number> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    asking.once('error', () => resolve(0));
    asking.end(body);
  });
}

function memoryOf(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

/** Linux counts in ticks of 10 ms. Source: proc(5), utime and stime. */
const TICK_MS = 10;

function cpuMsOf(pid: number | undefined): number {
  try {
    // The name, in brackets, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}
