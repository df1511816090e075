import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { UnaryMethod } from './api-services.ts';
import type { Mask } from './read-mask.ts';

interface CmekRequest {
  readonly name?: string;
  readonly cmekConfig?: { readonly name?: string | null; readonly kmsKey?: string | null } | null;
  readonly updateMask?: Mask;
}

const MASK_PATHS = ['name', 'kms_key', '*'];

/** The methods for the encryption keys of locations. */
export function createCmekMethods(engine: CloudTasksEngine): Record<string, UnaryMethod> {
  return {
    GetCmekConfig: async ({ name = '' }: CmekRequest) => engine.cmekConfigs.get(name),
    UpdateCmekConfig: async ({ cmekConfig, updateMask }: CmekRequest) => {
      const kmsKey = cmekConfig?.kmsKey ?? '';
      return engine.cmekConfigs.update({ name: cmekConfig?.name ?? '', kmsKey }, (current) => {
        const paths = updateMask ? (updateMask.paths ?? []) : MASK_PATHS;
        const unknown = paths.find((path) => !MASK_PATHS.includes(path));
        if (unknown !== undefined) throw invalidArgument(`Invalid mask: ${unknown}`);
        return paths.some((path) => path !== 'name') ? kmsKey : current;
      });
    },
  };
}
