import assert from 'node:assert/strict';
import { writeTask } from '../../api/task-message.ts';
import { loadDescriptors } from '../../grpc/descriptors.ts';
import type { Target } from './task.ts';
import { encodedBytes } from './task-size.ts';

const NAME = 'projects/demo/locations/us-central1/queues/q/tasks/t';

/** The size that protobuf itself gives the stored form. */
function sizeByProtobuf(target: Target, body: Uint8Array, scheduleMicros: number): number {
  const { responseSerialize } = loadDescriptors().cloudTasks['CreateTask'] ?? assert.fail('no CreateTask');
  const task = {
    rowId: 1,
    name: NAME,
    taskId: 't',
    target,
    body,
    createMicros: 1_700_000_000_000_000,
    scheduleMicros,
    dispatchCount: 0,
    responseCount: 0,
    executionCount: 0,
  };
  const { view: _, ...message } = writeTask(task, 'FULL');
  if (target.kind === 'appEngine') {
    // Of the routing only the host counts, and no default deadline.
    delete message.dispatchDeadline;
    Object.assign(message.appEngineHttpRequest ?? {}, { appEngineRouting: { host: target.routing.host } });
  }
  return responseSerialize(withoutZeros(message)).length;
}

/** Zeros aren't on the wire; protobufjs writes those that it is given. */
function withoutZeros(message: object): object {
  return Object.fromEntries(
    Object.entries(message)
      .filter(([, value]) => value !== 0)
      .map(([key, value]) => [
        key,
        typeof value === 'object' && !(value instanceof Uint8Array) ? withoutZeros(value) : value,
      ]),
  );
}

describe('encodedBytes()', () => {
  const headers = [
    ['User-Agent', 'Google-Cloud-Tasks'],
    ['x-emoji', 'é'.repeat(200)],
    ['x-empty', ''],
  ] as const;
  const routing = { service: 'worker', version: 'v2', instance: '', host: 'v2.worker.demo.uc.r.appspot.com' };
  const cases: Record<string, Target> = {
    'an HTTP target': { kind: 'http', url: 'http://127.0.0.1/x', method: 'PUT', headers },
    'an HTTP target with a token': {
      kind: 'http',
      url: 'https://example.com/x',
      method: 'POST',
      headers: [],
      oidcToken: { serviceAccountEmail: 'a@example.com', audience: 'https://example.com/x' },
    },
    'an App Engine target': { kind: 'appEngine', relativeUri: '/tasks', method: 'POST', headers, routing },
  };
  for (const [title, target] of Object.entries(cases)) {
    it(`counts ${title} as protobuf does`, () => {
      for (const bodyBytes of [0, 1, 127, 128, 20_000, 1_000_000]) {
        for (const scheduleMicros of [1_700_000_000_000_000, 1_700_000_000_123_456]) {
          const body = new Uint8Array(bodyBytes);
          const counted = encodedBytes({
            name: NAME,
            target,
            body,
            createMicros: 1_700_000_000_000_000,
            scheduleMicros,
          });
          assert.equal(counted, sizeByProtobuf(target, body, scheduleMicros), `${bodyBytes} bytes`);
        }
      }
    });
  }
});
