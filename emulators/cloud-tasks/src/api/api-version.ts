import type { protos } from '@google-cloud/tasks';
import type { QueueSettingsInput } from '../engine/queues/queue-settings.ts';
import type { QueueMessage } from './queue-message.ts';
import type { TaskMessage } from './task-message.ts';

/** How a version of the API differs from the messages of this emulator, which are those of v2 with additions. */
export interface ApiVersion {
  readonly name: 'v2' | 'v2beta3' | 'v2beta2';
  /** Settings that its Queue lacks. An update without a mask leaves them. */
  readonly hiddenSettings: readonly (keyof QueueSettingsInput)[];
  /** Whether a caller can set the burst size. In v2 it is output only. */
  readonly hasSettableBurst: boolean;
  /** A path of an update mask in the terms of the emulator's messages; undefined if its Queue has no such field. */
  readonly toMaskPath: (path: string) => string | undefined;
  readonly readQueue: (queue: object) => QueueMessage;
  readonly writeQueue: (queue: QueueMessage) => object;
  readonly readTask: (task: object) => TaskMessage;
  readonly writeTask: (task: TaskMessage) => object;
}

export type IAppEngineRouting = protos.google.cloud.tasks.v2.IAppEngineRouting;

/** Paths of fields that the v2 API lacks. */
const BETA_PATH = /^(task_ttl|tombstone_ttl|type|stats)(\.|$)/;

export const V2: ApiVersion = {
  name: 'v2',
  hiddenSettings: ['taskTtlMicros', 'tombstoneTtlMicros'],
  hasSettableBurst: false,
  toMaskPath: (path) => (BETA_PATH.test(path) ? undefined : path),
  readQueue: (queue) => queue,
  writeQueue: (queue) => queue,
  readTask: (task) => task,
  writeTask: (task) => task,
};
