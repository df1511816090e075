import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeAppYaml } from '../configuration/change-app-yaml.ts';
import { atExit } from '../process/at-exit.ts';

/** A copy of a stage for one upload: only its owner may read it, and it is removed after the upload, or with this process. */
export interface StageCopy {
  readonly appYaml: string;
  remove(): void;
}

/** Copies a stage, and adds variables to the environment in its app.yaml. */
export function copyStage(stageDir: string, envVariables: Readonly<Record<string, string>>): StageCopy {
  // mkdtemp's folders are their owner's alone.
  const parent = mkdtempSync(join(tmpdir(), 'deploy-'));
  const removeFolder = (): void => rmSync(parent, { recursive: true, force: true });
  const cancelCleanup = atExit(removeFolder);
  const remove = (): void => {
    cancelCleanup();
    removeFolder();
  };
  try {
    const folder = join(parent, 'stage');
    cpSync(stageDir, folder, { recursive: true });
    const appYaml = join(folder, 'app.yaml');
    const text = changeAppYaml(appYaml, readFileSync(appYaml, 'utf8'), { envVariables });
    writeFileSync(appYaml, text, { mode: 0o600 });
    return { appYaml, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
