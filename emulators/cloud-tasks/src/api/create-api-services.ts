import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { refuseCalls } from '../faults/refuse-calls.ts';
import type { ApiServices } from './api-services.ts';
import { V2 } from './api-version.ts';
import { createCloudTasksMethods } from './cloud-tasks-methods.ts';
import { createLocationsMethods } from './locations-methods.ts';
import { createOperationsMethods } from './operations-methods.ts';
import { V2BETA2 } from './v2beta2.ts';
import { V2BETA3 } from './v2beta3.ts';

/** Every service of the emulator, all versions of Cloud Tasks over one engine. */
export function createApiServices(options: {
  engine: CloudTasksEngine;
  types: MessageTypes;
  hostSuffixOf: (location: string) => string;
  /** Which calls of Cloud Tasks are refused. */
  faults: FaultPlan;
}): ApiServices {
  const { engine, types, hostSuffixOf, faults } = options;
  const cloudTasks = [V2, V2BETA3, V2BETA2].map((version) => [
    `google.cloud.tasks.${version.name}.CloudTasks`,
    refuseCalls(createCloudTasksMethods({ engine, version, types, hostSuffixOf }), faults),
  ]);
  return {
    ...Object.fromEntries(cloudTasks),
    'google.longrunning.Operations': createOperationsMethods(engine, types),
    'google.cloud.location.Locations': createLocationsMethods(),
  };
}
