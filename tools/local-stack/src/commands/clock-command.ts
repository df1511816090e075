// `npm run clock -- advance 24h` moves the running stack's clock ahead; `npm run clock -- now` prints it.

import { takeRootFlag, terminalWriter } from '@waybill/emulator-kit';
import { formatHumanDuration } from '@waybill/emulator-kit/human-duration';
import { readControlAddress } from '../control/control-server.ts';
import { reportFailure } from './command-line.ts';
import { CLOCK_HELP, readClockArguments } from './read-clock-arguments.ts';

const print = terminalWriter(process.stdout);

try {
  const { rootDir, rest } = takeRootFlag(process.argv.slice(2), process.cwd());
  // The data folder is named from there.
  process.chdir(rootDir);
  const request = readClockArguments(rest, process.env);
  if (request.command === 'help') {
    print(CLOCK_HELP);
  } else if (request.command === 'now') {
    tell(await call(request.dataDir, 'GET', '/emulator/clock'));
  } else {
    const { dataDir, advanceMs } = request;
    tell(await call(dataDir, 'POST', '/emulator/clock:advance', { advanceMs }));
  }
} catch (error) {
  process.exitCode = reportFailure(error, terminalWriter(process.stderr), 'npm run clock -- --help');
}

function tell({ now, offsetMs }: { now: string; offsetMs: number }): void {
  const ahead =
    offsetMs === 0 ? "the machine's time" : `${formatHumanDuration(offsetMs)} ahead of the machine's time`;
  print(`${now} (${ahead})\n`);
}

async function call(
  dataDir: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ now: string; offsetMs: number }> {
  const { url, token } = readControlAddress(dataDir);
  let response: Response;
  try {
    response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      // Longer than the stack itself waits for tasks that are running.
      signal: AbortSignal.timeout(120_000),
    });
  } catch (error) {
    throw new Error(`The stack on the folder ${dataDir} does not answer; start one with npm start`, {
      cause: error,
    });
  }
  const answer = (await response.json()) as { now: string; offsetMs: number; title?: string };
  if (!response.ok) throw new Error(answer.title ?? `The stack answered ${response.status}`);
  return answer;
}
