// `npm run clock -- advance 24h` moves the running stack's clock ahead; `npm run clock -- now` tells it.
import { parseArgs } from 'node:util';
import { readControlAddress } from './control-server.ts';
import { formatDuration, parseDuration } from './duration.ts';

const HELP = `Usage: npm run clock -- now
       npm run clock -- advance 24h     also 90s, 15m, 2d, 1d12h; never back

  --data-dir FOLDER   the folder of the stack that is meant; default .waybill
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'data-dir': { type: 'string', default: '.waybill' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, length, ...rest] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
  } else if (command === 'now' && length === undefined) {
    await tell(values['data-dir']);
  } else if (command === 'advance' && length !== undefined && rest.length === 0) {
    await advance(values['data-dir'], length);
  } else {
    throw new Error(`"${positionals.join(' ')}" is not known.\n${HELP}`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function tell(dataDir: string): Promise<void> {
  write(await call(dataDir, 'GET', '/emulator/clock'));
}

async function advance(dataDir: string, length: string): Promise<void> {
  write(await call(dataDir, 'POST', '/emulator/clock:advance', { advanceMs: parseDuration(length) }));
}

function write({ now, offsetMs }: { now: string; offsetMs: number }): void {
  const ahead =
    offsetMs === 0 ? "the machine's time" : `${formatDuration(offsetMs)} ahead of the machine's time`;
  process.stdout.write(`${now} (${ahead})\n`);
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
