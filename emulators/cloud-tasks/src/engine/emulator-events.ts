import { EventEmitter } from 'node:events';

/** What every event says about its task; `queue` and `task` are the short ids, `name` is the whole name. */
export interface TaskEvent {
  readonly queue: string;
  readonly task: string;
  readonly name: string;
}

export interface TaskCreatedEvent extends TaskEvent {
  /** When it is due, in milliseconds since the Unix epoch, in the emulator's time. */
  readonly scheduleTimeMs: number;
}

export interface DispatchStartedEvent extends TaskEvent {
  /** 1 for the first. */
  readonly attempt: number;
  /** Where to: a URL, or an App Engine host with the relative URI. */
  readonly target: string;
}

export interface DispatchEndedEvent extends TaskEvent {
  readonly attempt: number;
  readonly succeeded: boolean;
  /** The HTTP status; absent where there was no answer. */
  readonly status?: number;
  /** Why it failed, in words; absent on success. */
  readonly error?: string;
  readonly durationMs: number;
  /** When the next attempt is due, in milliseconds since the Unix epoch; absent where there is none. */
  readonly retryAtMs?: number;
}

export interface TaskCompletedEvent extends TaskEvent {
  readonly attempts: number;
}

export interface TaskDroppedEvent extends TaskEvent {
  readonly attempts: number;
  /** Given up: the queue's retry limits are reached, or the task is older than 31 days. */
  readonly reason: 'retries-used-up' | 'too-old';
}

/** A request held a field that this emulator's definitions of the API lack: it was dropped. */
export interface UnknownFieldEvent {
  /** The request message, such as `CreateTaskRequest`. */
  readonly message: string;
  /** The path to the field by its number, such as `task.12`. */
  readonly field: string;
}

/** Names and payloads of the events. Those of a task come in the order created, started, ended, completed or dropped. */
export interface EmulatorEventMap {
  taskCreated: [TaskCreatedEvent];
  dispatchStarted: [DispatchStartedEvent];
  dispatchEnded: [DispatchEndedEvent];
  taskCompleted: [TaskCompletedEvent];
  taskDropped: [TaskDroppedEvent];
  /** Once for each field. */
  unknownField: [UnknownFieldEvent];
  /** The queue file has changed and is applied, or has problems and is not. */
  queueFileChanged: [{ readonly file: string; readonly queues: number; readonly error?: Error }];
  /** The data could not be written, or is gone (a DatabaseGoneError): nothing is sent or accepted any more until a restart. */
  storageFailed: [{ readonly error: Error }];
}

/** What happens inside the emulator, as it happens; nothing is kept for later listeners. */
export class EmulatorEvents extends EventEmitter<EmulatorEventMap> {
  /** Emits. A listener that throws is an uncaught exception of its own: it must not undo what it only listens to. */
  publish<Name extends keyof EmulatorEventMap>(name: Name, payload: EmulatorEventMap[Name][0]): void {
    try {
      (this as EventEmitter).emit(name, payload);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
