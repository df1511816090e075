import type { YamlFile } from '../yaml/yaml-file.ts';

/** A rule by which App Engine decides how many instances a version has. */
export type Scaling =
  | {
      readonly kind: 'automatic';
      /** Default 0. */
      readonly minInstances: number;
      /** Default none: App Engine's own is 20 for projects made since March 2025. */
      readonly maxInstances: number | undefined;
      /** Instances kept beside those that are busy. Default 0. */
      readonly minIdleInstances: number;
      /** Maximum number of requests that one instance takes at a time. Default 10. */
      readonly maxConcurrentRequests: number;
      /** The share of `maxConcurrentRequests` at which another instance is started. Default 0.6. */
      readonly targetThroughputUtilization: number;
    }
  | {
      readonly kind: 'basic';
      readonly maxInstances: number;
      /** Time without a request after which an instance is stopped. Default five minutes. */
      readonly idleTimeoutMs: number;
    }
  | { readonly kind: 'manual'; readonly instances: number };

const INT32_MAX = 2_147_483_647;
const KINDS = ['automatic_scaling', 'basic_scaling', 'manual_scaling'] as const;

const AUTOMATIC_SCALING_KEYS = [
  'min_idle_instances',
  'max_idle_instances',
  'min_pending_latency',
  'max_pending_latency',
  'max_concurrent_requests',
  'min_instances',
  'max_instances',
  'target_cpu_utilization',
  'target_throughput_utilization',
];

/**
 * Reads the scaling of an app.yaml; missing settings get App Engine's defaults. Unknown settings, two kinds at once, and
 * settings that contradict each other are problems.
 * Source of ranges and defaults: "Scaling elements" of App Engine's reference of app.yaml.
 */
export function parseScaling(yaml: YamlFile, root: Record<string, unknown>): Scaling {
  const given = KINDS.filter((key) => root[key] !== undefined);
  for (const second of given.slice(1)) {
    yaml.problem([second], `only one kind of scaling is allowed, but ${given.join(' and ')} are given`);
  }
  const [kind = 'automatic_scaling'] = given;
  if (kind === 'manual_scaling') return parseManual(yaml, root[kind]);
  return kind === 'basic_scaling' ? parseBasic(yaml, root[kind]) : parseAutomatic(yaml, root[kind]);
}

function parseManual(yaml: YamlFile, value: unknown): Scaling {
  const manual = yaml.mapping(value, ['manual_scaling'], 'manual_scaling', ['instances']) ?? {};
  if (manual['instances'] === undefined)
    yaml.problem(['manual_scaling'], '"manual_scaling.instances" is missing');
  return {
    kind: 'manual',
    instances: wholeNumber(yaml, manual['instances'], ['manual_scaling', 'instances'], 1) ?? 1,
  };
}

function parseBasic(yaml: YamlFile, value: unknown): Scaling {
  const keys = ['max_instances', 'idle_timeout'];
  const basic = yaml.mapping(value, ['basic_scaling'], 'basic_scaling', keys) ?? {};
  if (basic['max_instances'] === undefined)
    yaml.problem(['basic_scaling'], '"basic_scaling.max_instances" is missing');
  const idle =
    yaml.text(
      basic['idle_timeout'],
      ['basic_scaling', 'idle_timeout'],
      '"idle_timeout"',
      /^\d+[sm]$/,
      'a time such as 10m or 90s',
    ) ?? '5m';
  return {
    kind: 'basic',
    maxInstances: wholeNumber(yaml, basic['max_instances'], ['basic_scaling', 'max_instances'], 1) ?? 1,
    idleTimeoutMs: Number.parseInt(idle, 10) * (idle.endsWith('m') ? 60_000 : 1000),
  };
}

function parseAutomatic(yaml: YamlFile, value: unknown): Scaling {
  const path = 'automatic_scaling';
  const automatic = yaml.mapping(value, [path], path, AUTOMATIC_SCALING_KEYS) ?? {};
  const number = (key: string, min: number, max?: number) =>
    wholeNumber(yaml, automatic[key], [path, key], min, max);
  const idle = (key: string) => {
    const text = yaml.text(
      automatic[key],
      [path, key],
      `"${key}"`,
      /^(\d{1,4}|automatic)$/,
      'a whole number or "automatic"',
    );
    return text === undefined || text === 'automatic' ? undefined : Number(text);
  };
  const latencyMs = (key: string) => {
    const pattern = /^(\d+((\.\d{1,3})?s|ms)|automatic)$/;
    const expected = 'a time such as 30ms or 1.5s, or "automatic"';
    const text = yaml.text(automatic[key], [path, key], `"${key}"`, pattern, expected);
    if (text === undefined || text === 'automatic') return undefined;
    return Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
  };
  const share = (key: string) => {
    const expected = 'a number from 0.5 to 0.95';
    const text = yaml.text(automatic[key], [path, key], `"${key}"`, /^\d*\.?\d+$/, expected);
    if (text === undefined || (Number(text) >= 0.5 && Number(text) <= 0.95)) return text && Number(text);
    yaml.problem([path, key], `"${key}" must be ${expected}, got ${text}`);
    return undefined;
  };
  const minInstances = number('min_instances', 0, 1000) ?? 0;
  // 0 means "no limit set" to App Engine.
  const maxInstances = number('max_instances', 0) || undefined;
  const minIdleInstances = idle('min_idle_instances') ?? 0;
  share('target_cpu_utilization');
  const checkOrder = (less: string, lessValue: number, more: string, moreValue: number | undefined) => {
    if (moreValue === undefined || lessValue <= moreValue) return;
    const shown = (key: string) => `"${key}" (${automatic[key]})`;
    yaml.problem([path, more], `${shown(more)} is below ${shown(less)}`);
  };
  checkOrder('min_instances', minInstances, 'max_instances', maxInstances);
  checkOrder('min_idle_instances', minIdleInstances, 'max_instances', maxInstances);
  checkOrder('min_idle_instances', minIdleInstances, 'max_idle_instances', idle('max_idle_instances'));
  checkOrder(
    'min_pending_latency',
    latencyMs('min_pending_latency') ?? 0,
    'max_pending_latency',
    latencyMs('max_pending_latency'),
  );
  return {
    kind: 'automatic',
    minInstances,
    maxInstances,
    minIdleInstances,
    maxConcurrentRequests: number('max_concurrent_requests', 1, 1000) ?? 10,
    targetThroughputUtilization: share('target_throughput_utilization') || 0.6,
  };
}

function wholeNumber(
  yaml: YamlFile,
  value: unknown,
  path: readonly string[],
  min: number,
  max = INT32_MAX,
): number | undefined {
  const subject = `"${path.join('.')}"`;
  const expected =
    max < INT32_MAX ? `a whole number from ${min} to ${max}` : `a whole number of at least ${min}`;
  const text = yaml.text(value, path, subject, /^\d+$/, expected);
  if (text === undefined) return undefined;
  if (Number(text) >= min && Number(text) <= max) return Number(text);
  yaml.problem(path, `${subject} must be ${expected}, got ${text}`);
  return undefined;
}
