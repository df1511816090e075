import { isPortFree } from '@waybill/emulator-kit';

/** Node's own default, which debuggers look at first. */
const FIRST_INSPECTOR_PORT = 9_229;
const MAX_PORT = 65_535;

/**
 * Finds free debugger ports, from 9229 upward: the same ones at each start, as long as nothing else takes them.
 * @param isFree default: tries to listen on the port
 */
export async function findInspectorPorts(
  count: number,
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<number[]> {
  const ports: number[] = [];
  for (let port = FIRST_INSPECTOR_PORT; ports.length < count && port <= MAX_PORT; port += 1) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}
