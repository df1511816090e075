import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { MessageTypes } from '../rest/message-types.ts';
import type { ApiVersion } from './api-version.ts';

/** What the methods work on. */
export interface MethodSurroundings {
  readonly engine: CloudTasksEngine;
  readonly version: ApiVersion;
  readonly types: MessageTypes;
  /** What follows the project in App Engine hosts, by location. */
  readonly hostSuffixOf: (location: string) => string;
}
