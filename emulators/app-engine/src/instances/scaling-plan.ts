import type { Scaling } from '@waybill/google-config';

/** How many instances a version has on this machine. */
export interface ScalingPlan {
  /** Started at once. */
  readonly initial: number;
  /** Kept however little there is to do. */
  readonly min: number;
  readonly max: number;
  /** How many requests one instance takes at a time; further ones wait. */
  readonly requestsPerInstance: number;
  /** When each instance has so many requests, another is started. */
  readonly targetPerInstance: number;
  /** Instances kept beside those that are busy. */
  readonly spare: number;
  /** After so long without a request an instance is ended, in milliseconds of the movable clock. */
  readonly idleTimeoutMs: number;
  /** Whether `INSTANCE.VERSION.SERVICE.` names one. */
  readonly addressable: boolean;
}

/** App Engine begins to end idle instances after about a quarter of an hour. Source: "How instances are managed". */
const automaticIdleTimeoutMs = 900_000;
/** App Engine doesn't say when an instance of basic scaling is no longer free; ten is its default for automatic scaling. */
const basicTargetPerInstance = 10;

/**
 * What the scaling of an app.yaml comes to here, with never more than `maxInstances` instances.
 * Automatic scaling keeps one instance where App Engine ends the last one: a developer has no use for a slow first request.
 * Basic scaling starts one at once, to tell whether it starts, and then ends it like any other.
 */
export function planScaling(scaling: Scaling, maxInstances: number): ScalingPlan {
  const bounded = (count: number) => Math.min(count, maxInstances);
  if (scaling.kind === 'manual') {
    const instances = bounded(scaling.instances);
    return {
      initial: instances,
      min: instances,
      max: instances,
      requestsPerInstance: Number.POSITIVE_INFINITY,
      targetPerInstance: Number.POSITIVE_INFINITY,
      spare: 0,
      idleTimeoutMs: Number.POSITIVE_INFINITY,
      addressable: true,
    };
  }
  if (scaling.kind === 'basic') {
    return {
      initial: 1,
      min: 0,
      max: bounded(scaling.maxInstances),
      requestsPerInstance: Number.POSITIVE_INFINITY,
      targetPerInstance: basicTargetPerInstance,
      spare: 0,
      idleTimeoutMs: scaling.idleTimeoutMs,
      addressable: true,
    };
  }
  const { maxConcurrentRequests, minIdleInstances } = scaling;
  const min = bounded(Math.max(1, scaling.minInstances, minIdleInstances));
  return {
    initial: min,
    min,
    max: bounded(scaling.maxInstances ?? Number.POSITIVE_INFINITY),
    requestsPerInstance: maxConcurrentRequests,
    targetPerInstance: Math.max(1, Math.floor(maxConcurrentRequests * scaling.targetThroughputUtilization)),
    spare: minIdleInstances,
    idleTimeoutMs: automaticIdleTimeoutMs,
    addressable: false,
  };
}

/** How many instances a version should have for so many requests, waiting ones included. */
export function targetInstances(plan: ScalingPlan, requests: number): number {
  const busy = requests === 0 ? 0 : Math.floor(requests / plan.targetPerInstance) + 1;
  return Math.min(plan.max, Math.max(plan.min, busy + plan.spare));
}
