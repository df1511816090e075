import { EventEmitter } from 'node:events';

/** One line that a service wrote. Lines longer than 16 KiB are cut. */
export interface LogEvent {
  service: string;
  version: string;
  /** The id of the instance, or `build` for a script of the build. */
  instance: string;
  stream: 'stdout' | 'stderr';
  line: string;
}

/** A step in the life of an instance. */
export interface InstanceEvent {
  service: string;
  version: string;
  instance: string;
  /** `died` is an end that nobody asked for; `backing-off` says that the next start waits, as it died soon after its start. */
  state: 'starting' | 'ready' | 'died' | 'backing-off' | 'stopped' | 'warmup-failed';
  /** What happened, for people. */
  detail: string;
  pid?: number;
  /** How long the next start waits; with `backing-off` only. */
  delayMs?: number;
}

/** A request that the front door has answered, or given up. */
export interface RequestEvent {
  source: RequestSource;
  service: string | undefined;
  version: string | undefined;
  instance: string | undefined;
  method: string;
  path: string;
  /** The status that the client got; 0 if it went away first. */
  status: number;
  durationMs: number;
}

/** Who sent a request: someone outside, the Cloud Tasks service, or App Engine's cron. */
export type RequestSource = 'outside' | 'task' | 'cron';

/** A step in a run of a cron job. */
export interface CronEvent {
  /** The description of the job, or its URL. */
  job: string;
  state: 'started' | 'succeeded' | 'failed' | 'retrying';
  /** What happened, for people. */
  detail: string;
}

/** A difference from App Engine that a service may notice. It is said once for each version. */
export interface WarningEvent {
  service: string;
  version: string;
  /** The difference, for people. */
  message: string;
}

/** What can be listened to while the emulator runs. */
export interface EmulatorEvents {
  log: [LogEvent];
  instance: [InstanceEvent];
  request: [RequestEvent];
  cron: [CronEvent];
  warning: [WarningEvent];
}

/** Emits what happens in the emulator; listeners must not throw. */
export class EmulatorEventEmitter extends EventEmitter<EmulatorEvents> {}
