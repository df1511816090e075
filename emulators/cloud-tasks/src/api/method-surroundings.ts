import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { ApiVersion } from './api-version.ts';

/** Surroundings of the methods. */
export interface MethodSurroundings {
  readonly engine: CloudTasksEngine;
  readonly version: ApiVersion;
  readonly types: MessageTypes;
  /** Gives the part of App Engine hosts after the project, by location. */
  readonly hostSuffixOf: (location: string) => string;
}
