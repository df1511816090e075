/**
 * App Engine's instance classes for the standard environment and their memory in MB, which a service finds in GAE_MEMORY_MB.
 * Source: the "Instance classes" table of App Engine's documentation.
 */
export const instanceClasses = {
  F1: 384,
  F2: 768,
  F4: 1536,
  F4_1G: 3072,
  B1: 384,
  B2: 768,
  B4: 1536,
  B4_1G: 3072,
  B8: 3072,
} as const;

export type InstanceClass = keyof typeof instanceClasses;

/** Whether App Engine has an instance class of this name. */
export function isInstanceClass(value: unknown): value is InstanceClass {
  return typeof value === 'string' && Object.hasOwn(instanceClasses, value);
}
