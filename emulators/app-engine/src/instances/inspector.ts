import { findFreePort, isPortFree } from '@waybill/emulator-kit';
import { DeploymentError } from '../services/deployment-error.ts';

const NODE_COMMAND = /^\s*((?:[\w./-]*\/)?node)(?=\s)/;

/**
 * Checks that a debugger can be opened in the process that an entry point starts.
 * @throws {DeploymentError} if the entry point does not begin with `node`: the debugger would open in npm or a shell's child
 */
export function requireInspectable(appYaml: { file: string; entrypoint: string }): void {
  if (NODE_COMMAND.test(appYaml.entrypoint)) return;
  throw new DeploymentError(
    `${appYaml.file}: a debugger port needs an entry point that begins with "node", got "${appYaml.entrypoint}"; start the file itself, for example entrypoint: node src/main.ts`,
  );
}

/** Adds Node's inspector to an entry point that {@link requireInspectable} accepts. It listens on loopback alone. */
export function inspectedEntrypoint(entrypoint: string, port: number): string {
  return entrypoint.replace(NODE_COMMAND, `$1 --inspect=127.0.0.1:${port}`);
}

/** Chooses an instance's debugger port: the wanted one, or another free one if it is taken or none is wanted. */
export async function chooseInspectorPort(wanted: number | undefined): Promise<number> {
  return wanted !== undefined && (await isPortFree(wanted)) ? wanted : findFreePort();
}
