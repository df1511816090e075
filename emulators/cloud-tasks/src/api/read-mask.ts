import type { Type } from 'protobufjs';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';

/** A google.protobuf.FieldMask as it is decoded. */
export type Mask = { readonly paths?: readonly string[] | null } | null | undefined;

type Message = Readonly<Record<string, unknown>>;

/** Keeps what a mask names of a message. */
interface ReadMask {
  (message: object): object;
  /** Whether the mask names the statistics of a queue, which are left out otherwise. */
  readonly wantsStats: boolean;
}

/** Reads the mask of a request; without one, every field is kept. @throws {CloudTasksError} for an unknown path */
export function readMaskOf(mask: Mask, type: Type): ReadMask {
  const paths = (mask?.paths ?? []).map((path) => path.split('.').map(camelCase));
  for (const [index, names] of paths.entries()) {
    if (!isKnown(type, names)) throw invalidArgument(`Invalid mask: ${mask?.paths?.[index]}`);
  }
  const keep = (message: object): object =>
    paths.length === 0 || paths.some(([name]) => name === '*') ? message : pick(message as Message, paths);
  return Object.assign(keep, {
    wantsStats: paths.some(([name]) => name === 'stats' || name === '*'),
  });
}

function isKnown(type: Type, [name = '', ...rest]: readonly string[]): boolean {
  if (name === '*') return rest.length === 0;
  if (!Object.hasOwn(type.fields, name)) return false;
  if (rest.length === 0) return true;
  const inner = type.fields[name]?.resolve().resolvedType;
  return inner !== null && inner !== undefined && 'fields' in inner && isKnown(inner, rest);
}

function pick(message: Message, paths: readonly (readonly string[])[]): Message {
  const kept: Record<string, unknown> = {};
  for (const [name = '', ...rest] of paths) {
    const value = message[name];
    if (value === undefined) continue;
    const inner = rest.length === 0 || typeof value !== 'object' ? value : pick(value as Message, [rest]);
    const before = kept[name];
    kept[name] = rest.length > 0 && before ? { ...(before as Message), ...(inner as Message) } : inner;
  }
  return kept;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
