import type { YamlFile } from '../yaml/yaml-file.ts';
import type { Scaling } from './scaling.ts';

/**
 * Memory of App Engine's instance classes for the standard environment, in MB; a service finds its own in GAE_MEMORY_MB.
 * Source: the "Instance classes" table of App Engine's documentation.
 */
export const INSTANCE_MEMORY_MB = {
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

/** The name of an instance class. */
export type InstanceClass = keyof typeof INSTANCE_MEMORY_MB;

/** Reads `instance_class`; it must fit the scaling. Default: App Engine's for that scaling. */
export function parseInstanceClass(yaml: YamlFile, value: unknown, scaling: Scaling): InstanceClass {
  const defaultClass = scaling.kind === 'automatic' ? 'F1' : 'B2';
  if (value === undefined || value === null) return defaultClass;
  if (!isInstanceClass(value)) {
    const known = Object.keys(INSTANCE_MEMORY_MB).join(', ');
    yaml.problem(
      ['instance_class'],
      `"instance_class" must be one of ${known}, got ${JSON.stringify(value)}`,
    );
    return defaultClass;
  }
  if (value.startsWith('F') !== (scaling.kind === 'automatic')) {
    const letter = scaling.kind === 'automatic' ? 'F' : 'B';
    yaml.problem(
      ['instance_class'],
      `${scaling.kind} scaling needs an instance class ${letter}…, got ${value}`,
    );
  }
  return value;
}

function isInstanceClass(value: unknown): value is InstanceClass {
  return typeof value === 'string' && Object.hasOwn(INSTANCE_MEMORY_MB, value);
}
