const PROJECT = 'bench';
const LOCATION = 'us-central1';
export const QUEUE_PARENT = `projects/${PROJECT}/locations/${LOCATION}`;
export const QUEUE_COUNT = 40;
/** As much as the service allows, so that rates of queues limit nothing. */
export const QUEUE_RATES = { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 100 };
export const EMPTY_PATH = '/bench.Bench/Empty';

/** The path of a method of Cloud Tasks over gRPC. */
export function methodPath(method: string): string {
  return `/google.cloud.tasks.v2.CloudTasks/${method}`;
}

export function queueId(index: number): string {
  return `queue-${index}`;
}
