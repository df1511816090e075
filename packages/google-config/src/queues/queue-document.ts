import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';
import { describeValue } from './describe-value.ts';

/** Reads the value of one member of a mapping, or one item of a list. */
export type ValueReader = (value: unknown, path: YamlPath) => void;

/** The content of a queue file. Its problems begin with the field they are about: `queues[0].name is missing`. */
export class QueueDocument {
  readonly #yaml: YamlFile;

  constructor(yaml: YamlFile) {
    this.#yaml = yaml;
  }

  /** Notes a problem of the field at `path`. @param place where it is in the file; default: the field itself */
  problem(path: YamlPath, text: string, place = path): void {
    this.#yaml.problem(place, path.length === 0 ? text : `${fieldName(path)} ${text}`);
  }

  /** Reads a mapping, each member by its reader; a member without a reader is a problem. */
  readMembers(value: unknown, path: YamlPath, readers: Readonly<Record<string, ValueReader>>): void {
    if (!isMapping(value)) {
      const subject = path.length === 0 ? 'the file ' : '';
      this.problem(path, `${subject}must be a mapping, got ${describeValue(value)}`);
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      const read = Object.hasOwn(readers, key) ? readers[key] : undefined;
      if (read) read(member, [...path, key]);
      else this.problem([...path, key], `is not known; there are: ${Object.keys(readers).join(', ')}`);
    }
  }

  /** Reads each item of a list. */
  readItems(value: unknown, path: YamlPath, read: ValueReader): void {
    if (!Array.isArray(value)) {
      this.problem(path, `must be a list, got ${describeValue(value)}`);
      return;
    }
    for (const [index, item] of value.entries()) read(item, [...path, index]);
  }

  /** Notes a member that a mapping must have and lacks. */
  requireMember(value: unknown, path: YamlPath, key: string): void {
    if (isMapping(value) && !Object.hasOwn(value, key)) this.problem([...path, key], 'is missing');
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `queues[0].rateLimits.maxDispatchesPerSecond` */
function fieldName(path: YamlPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}
