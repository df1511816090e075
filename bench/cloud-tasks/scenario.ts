export const PROJECT = 'bench';
export const LOCATION = 'us-central1';
export const QUEUE_COUNT = 40;
export const EMPTY_PATH = '/bench.Bench/Empty';
export const CREATE_PATH = '/google.cloud.tasks.v2.CloudTasks/CreateTask';

export function queueId(index: number): string {
  return `queue-${index}`;
}
