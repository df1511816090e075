import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { UnaryMethod } from './api-services.ts';
import type { ApiVersion } from './api-version.ts';
import { writeTask } from './task-message.ts';

interface BufferTaskRequest {
  readonly queue?: string;
  readonly taskId?: string;
  /** google.api.HttpBody */
  readonly body?: { readonly contentType?: string; readonly data?: Uint8Array | string } | null;
}

/** BufferTask: makes a task of a body alone; the queue's HTTP target says the rest. Only REST has it. */
export function createBufferTask(engine: CloudTasksEngine, version: ApiVersion): UnaryMethod {
  return async (request) => {
    const { queue = '', taskId = '', body } = request as BufferTaskRequest;
    const task = await engine.bufferTask(queue, {
      taskId,
      contentType: body?.contentType ?? '',
      body: body?.data instanceof Uint8Array ? body.data : new Uint8Array(),
    });
    return { task: version.writeTask(writeTask(task, 'BASIC')) };
  };
}
