import type { protos } from '@google-cloud/tasks';
import { GrpcStatus } from '@waybill/emulator-kit';
import type { BatchOutcome } from '../engine/batches/task-batches.ts';
import type { UnaryMethod } from './api-services.ts';
import type { MethodSurroundings } from './method-surroundings.ts';
import { OperationMessages } from './operation-messages.ts';
import { readTask, readView, writeTask } from './task-message.ts';
import { toSecondsAndNanos } from './time-messages.ts';

type BatchCreateRequest = protos.google.cloud.tasks.v2beta3.IBatchCreateTasksRequest;
type BatchDeleteRequest = protos.google.cloud.tasks.v2beta3.IBatchDeleteTasksRequest;

const NONE_SUCCEEDED =
  'None of the requests succeeded, refer to BatchDeleteTasksMetadata.failed_requests for individual error details';

/** BatchCreateTasks and BatchDeleteTasks, which answer with operations that are done. v2beta2 has neither. */
export function createBatchMethods({
  engine,
  version,
  types,
}: MethodSurroundings): Record<string, UnaryMethod> {
  if (version.name === 'v2beta2') return {};
  const messages = new OperationMessages(types);
  const type = (name: string): string => `google.cloud.tasks.${version.name}.${name}`;
  return {
    BatchCreateTasks: async (request) => {
      const { parent, requestId, requests } = request as BatchCreateRequest;
      const all = requests ?? [];
      const batch = {
        parent: parent ?? '',
        requestId: requestId ?? '',
        requests: all.map((one) => ({
          parent: one.parent ?? '',
          name: one.task?.name ?? '',
          read: () => readTask(one.task && version.readTask(one.task as object)),
        })),
      };
      const encoded = await engine.batches.create(batch, (outcome) => {
        const failed = outcome.failures.size;
        const tasks = outcome.created.map(({ index, task }) =>
          version.writeTask(writeTask(task, readView(all[index]?.responseView))),
        );
        return messages.encode({
          name: outcome.name,
          metadata: {
            type: type('BatchCreateTasksMetadata'),
            ...metadata(
              outcome,
              failed === 0 ? 'SUCCEEDED' : tasks.length > 0 ? 'PARTIALLY_SUCCEEDED' : 'FAILED',
            ),
          },
          ...(tasks.length > 0 && { response: { type: type('BatchCreateTasksResponse'), tasks } }),
        });
      });
      return messages.decode(encoded);
    },
    BatchDeleteTasks: async (request) => {
      const { parent, requestId, names } = request as BatchDeleteRequest;
      const batch = { parent: parent ?? '', requestId: requestId ?? '', names: names ?? [] };
      const encoded = engine.batches.delete(batch, (outcome) => {
        const failed = outcome.failures.size;
        return messages.encode({
          name: outcome.name,
          metadata: {
            type: type('BatchDeleteTasksMetadata'),
            // As recorded, the state says so too where all have failed.
            ...metadata(outcome, failed === 0 ? 'SUCCEEDED' : 'PARTIALLY_SUCCEEDED'),
          },
          ...(failed === outcome.requests
            ? { error: { code: GrpcStatus.ABORTED, message: NONE_SUCCEEDED } }
            : { response: { type: 'google.protobuf.Empty' } }),
        });
      });
      return messages.decode(encoded);
    },
  };
}

function metadata(outcome: BatchOutcome, state: string): object {
  const failedRequests = Object.fromEntries(
    [...outcome.failures].map(([index, { code, message }]) => [index, { code: GrpcStatus[code], message }]),
  );
  return {
    startTime: toSecondsAndNanos(outcome.startMs * 1_000),
    endTime: toSecondsAndNanos(outcome.endMs * 1_000),
    state,
    ...(outcome.failures.size > 0 && { failedRequests }),
  };
}
