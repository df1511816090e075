import { YamlFile, type YamlPath } from '../yaml/yaml-file.ts';
import {
  MAX_CONCURRENT_DISPATCHES,
  MAX_DISPATCHES_PER_SECOND,
  type QueueFieldPath,
  type QueueValues,
  SERVICE_DEFAULTS,
} from './queue-fields.ts';
import { QueueFileError } from './queue-file-error.ts';
import { QUEUE_NAME, QUEUE_NAME_RULE } from './queue-name.ts';

/** A queue of App Engine's `queue.yaml`, as `gcloud app deploy` gives it to Cloud Tasks. */
export interface AppEngineQueue {
  readonly name: string;
  readonly values: QueueValues;
  readonly maxBurstSize: number;
  /** PAUSED for a rate of 0. */
  readonly state?: 'PAUSED';
}

const TOP_KEYS = ['queue', 'total_storage_limit', 'application', 'resume_paused_queues'];
const QUEUE_KEYS = [
  'name',
  'rate',
  'bucket_size',
  'max_concurrent_requests',
  'target',
  'mode',
  'retry_parameters',
  'acl',
];
const RETRY_KEYS = [
  'task_retry_limit',
  'task_age_limit',
  'min_backoff_seconds',
  'max_backoff_seconds',
  'max_doublings',
];

const SECONDS_OF = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const MICROS_PER_SECOND = 1_000_000;
/** The bucket that `gcloud app deploy` gives a queue that names none. */
const DEFAULT_BUCKET_SIZE = 5;
const MAX_BUCKET_SIZE = 500;

/** Whether a text has the keys of App Engine's `queue.yaml`, and not those of a `queues.yaml`. */
export function isAppEngineQueueYaml(file: string, text: string): boolean {
  const { content } = new YamlFile(file, text);
  if (typeof content !== 'object' || content === null) return false;
  return TOP_KEYS.some((key) => Object.hasOwn(content, key)) && !Object.hasOwn(content, 'queues');
}

/** Whether a `queue.yaml` leaves paused queues paused: `resume_paused_queues: False`. */
export function keepsQueuesPaused(file: string, text: string): boolean {
  const { content } = new YamlFile(file, text);
  const value = (content as { resume_paused_queues?: unknown } | null | undefined)?.resume_paused_queues;
  return /^false$/i.test(String(value));
}

/**
 * Reads the text of App Engine's `queue.yaml`, with the conversions and defaults of `gcloud app deploy`. Storage limits
 * and access lists are accepted and have no effect, as in Cloud Tasks.
 * @throws {QueueFileError} naming all problems at once
 */
export function parseAppEngineQueues(file: string, text: string): AppEngineQueue[] {
  const yaml = new YamlFile(file, text);
  const queues = yaml.isReadable ? new AppEngineQueueReader(yaml).read() : [];
  const { problems } = yaml;
  if (problems.length === 0) return queues;
  throw new QueueFileError(
    file,
    problems.map((problem) => `line ${problem.line}: ${problem.text}`),
  );
}

class AppEngineQueueReader {
  readonly #yaml: YamlFile;

  constructor(yaml: YamlFile) {
    this.#yaml = yaml;
  }

  read(): AppEngineQueue[] {
    const yaml = this.#yaml;
    if (yaml.content === undefined) return [];
    const content = yaml.mapping(yaml.content, [], 'queue.yaml', TOP_KEYS);
    const limit = /^\d+(\.\d*)?[BKMGTbkmgt]?$/;
    yaml.text(
      content?.['total_storage_limit'],
      ['total_storage_limit'],
      'total_storage_limit',
      limit,
      'such as 120M',
    );
    const queues = (yaml.list(content?.['queue'], ['queue'], '"queue"') ?? []).map((item, index) =>
      this.#readQueue(item, ['queue', index]),
    );
    for (const [index, { name }] of queues.entries()) {
      const first = queues.findIndex((queue) => queue.name === name);
      if (name !== '' && first < index)
        yaml.problem(['queue', index, 'name'], `queue "${name}" is listed twice`);
    }
    return queues;
  }

  #readQueue(item: unknown, path: YamlPath): AppEngineQueue {
    const yaml = this.#yaml;
    const queue = yaml.mapping(item, path, 'a queue', QUEUE_KEYS);
    if (queue === undefined) {
      if (item === undefined || item === null)
        yaml.problem(path, 'a queue must be a mapping of names to values');
      return { name: '', values: {}, maxBurstSize: DEFAULT_BUCKET_SIZE };
    }
    const at = (key: string): YamlPath => [...path, key];
    const name = yaml.text(queue['name'], at('name'), 'name', QUEUE_NAME, QUEUE_NAME_RULE);
    if (queue['name'] === undefined || queue['name'] === null) yaml.problem(path, 'a queue must have a name');
    const mode = yaml.text(queue['mode'], at('mode'), 'mode', /^(push|pull)$/, 'push or pull');
    if (mode === 'pull') {
      yaml.problem(
        at('mode'),
        `queue "${name ?? ''}" is a pull queue, which Cloud Tasks no longer has: use push`,
      );
    }
    const rate = this.#readRate(queue['rate'], at('rate'), name ?? '', path);
    const values: Partial<Record<QueueFieldPath, number | string>> = {
      ...(rate !== undefined && rate > 0 && { 'rateLimits.maxDispatchesPerSecond': rate }),
      'rateLimits.maxConcurrentDispatches': this.#readConcurrency(queue, path),
      ...this.#readTarget(queue['target'], at('target')),
      ...this.#readRetry(queue['retry_parameters'], at('retry_parameters')),
    };
    return {
      name: name ?? '',
      values,
      maxBurstSize: Math.min(
        MAX_BUCKET_SIZE,
        this.#number(queue, path, 'bucket_size', 1) ?? DEFAULT_BUCKET_SIZE,
      ),
      ...(rate === 0 && { state: 'PAUSED' }),
    };
  }

  /** @returns dispatches per second, at most what Cloud Tasks takes */
  #readRate(value: unknown, path: YamlPath, name: string, queuePath: YamlPath): number | undefined {
    const expected = 'a number and a unit, such as 5/s, 30/m, 100/h or 1000/d, or 0 for a paused queue';
    if (value === undefined || value === null) {
      this.#yaml.problem(queuePath, `queue "${name}" must have a rate: ${expected}`);
      return undefined;
    }
    const rate = /^(0|\d+(\.\d*)?\/[smhd])$/;
    const text = this.#yaml.text(value, path, 'rate', rate, expected);
    if (text === undefined) return undefined;
    const [number = '0', unit = 's'] = text.split('/') as [string, keyof typeof SECONDS_OF];
    return Math.min(MAX_DISPATCHES_PER_SECOND, Number(number) / SECONDS_OF[unit]);
  }

  #readConcurrency(queue: Record<string, unknown>, path: YamlPath): number {
    const limit = this.#number(queue, path, 'max_concurrent_requests', 1);
    return Math.min(
      MAX_CONCURRENT_DISPATCHES,
      limit ?? SERVICE_DEFAULTS['rateLimits.maxConcurrentDispatches'],
    );
  }

  /** `worker` is a service, `v2.worker` one of its versions. */
  #readTarget(value: unknown, path: YamlPath): QueueValues {
    const pattern = /^([a-z0-9][a-z0-9-]*\.){0,2}[a-z0-9][a-z0-9-]*$/;
    const target = this.#yaml.text(value, path, 'target', pattern, 'a service, or version.service');
    if (target === undefined) return {};
    const [service = '', version = '', instance = ''] = target.split('.').reverse();
    return {
      'appEngineRoutingOverride.service': service,
      ...(version !== '' && { 'appEngineRoutingOverride.version': version }),
      ...(instance !== '' && { 'appEngineRoutingOverride.instance': instance }),
    };
  }

  #readRetry(value: unknown, path: YamlPath): QueueValues {
    const retry = this.#yaml.mapping(value, path, 'retry_parameters', RETRY_KEYS) ?? {};
    const limit = this.#number(retry, path, 'task_retry_limit', 0);
    const age = this.#yaml.text(
      retry['task_age_limit'],
      [...path, 'task_age_limit'],
      'task_age_limit',
      /^\d+(\.\d*)?[smhd]$/,
      'a number and a unit, such as 90s, 5m, 2h or 1d',
    );
    const seconds = (key: string): number | undefined => this.#number(retry, path, key, 0, false);
    const minBackoff = seconds('min_backoff_seconds');
    const maxBackoff = seconds('max_backoff_seconds');
    const minMicros = (minBackoff ?? 0.1) * MICROS_PER_SECOND;
    const maxMicros = (maxBackoff ?? 3_600) * MICROS_PER_SECOND;
    if (minMicros > maxMicros) {
      const key = minBackoff === undefined ? 'max_backoff_seconds' : 'min_backoff_seconds';
      this.#yaml.problem([...path, key], 'min_backoff_seconds must be at most max_backoff_seconds');
    }
    return {
      // The limit counts retries; Cloud Tasks counts attempts.
      'retryConfig.maxAttempts': limit === undefined ? -1 : limit + 1,
      ...(age !== undefined && { 'retryConfig.maxRetryDuration': ageMicros(age) }),
      'retryConfig.minBackoff': minMicros,
      'retryConfig.maxBackoff': maxMicros,
      'retryConfig.maxDoublings':
        this.#number(retry, path, 'max_doublings', 0) ?? SERVICE_DEFAULTS['retryConfig.maxDoublings'],
    };
  }

  #number(
    values: Record<string, unknown>,
    path: YamlPath,
    key: string,
    min: number,
    whole = true,
  ): number | undefined {
    const value = values[key];
    if (value === undefined || value === null) return undefined;
    const fits = typeof value === 'number' && Number.isFinite(value) && value >= min;
    if (fits && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'a whole number' : 'a number';
    this.#yaml.problem([...path, key], `${key} must be ${kind} from ${min} on, got ${JSON.stringify(value)}`);
    return undefined;
  }
}

/** Cloud Tasks takes whole seconds. */
function ageMicros(age: string): number {
  const unit = age.slice(-1) as keyof typeof SECONDS_OF;
  return Math.round(Number(age.slice(0, -1)) * SECONDS_OF[unit]) * MICROS_PER_SECOND;
}
