import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';
import type { UnaryMethod } from './api-services.ts';
import { OperationMessages } from './operation-messages.ts';
import { settled } from './settled.ts';

/** google.longrunning.Operations. As recorded, only GetOperation is for everyone. */
export function createOperationsMethods(
  engine: CloudTasksEngine,
  types: MessageTypes,
): Record<string, UnaryMethod> {
  const messages = new OperationMessages(types);
  const refuse: UnaryMethod = async () => {
    throw new CloudTasksError(
      'PERMISSION_DENIED',
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  };
  return {
    GetOperation: settled(engine, async (request) => {
      const { name = '' } = request as { name?: string };
      return messages.decode(engine.batches.operation(name));
    }),
    ListOperations: refuse,
    WaitOperation: refuse,
    CancelOperation: refuse,
    DeleteOperation: refuse,
  };
}
