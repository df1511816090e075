// The request campaign: random request targets, hosts and broken requests against every listener of a running stack.
import '../crash/support/no-metadata-server.ts';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../crash/support/whole-number.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../src/support/flow-stack.ts';
import { descendantsOf, stillRunning } from '../src/support/process-tree.ts';
import { Shop } from '../src/support/shop.ts';
import { attackListeners } from './attack-listeners.ts';
import { listenersOf } from './stack-listeners.ts';

const HELP = `Usage: node test/fuzz/request-fuzz.ts [options]

  --requests NUMBER  default 5000
  --seed NUMBER      gives the requests; default: another one each time
`;
const MAX_SEED = 1_000_000_000;
/** Events of a process that died, before its death. */
const SHOWN_EVENTS = 20;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % MAX_SEED) },
    help: { type: 'boolean', default: false },
  },
});
const requests = wholeNumber('--requests', values.requests);
const seed = wholeNumber('--seed', values.seed);
if (values.help) {
  process.stdout.write(HELP);
} else {
  process.stdout.write(`Request campaign: seed ${seed}, ${requests} requests\n`);
  const dataDir = newDataDir();
  // The front door and the control server run in this process: a failure of theirs ends it.
  const stack = await startFlowStack(dataDir);
  try {
    const listeners = listenersOf(stack, dataDir);
    const processes = process.platform === 'linux' ? descendantsOf(process.pid) : [];
    const counts = await attackListeners(listeners, { seed, requests });
    for (const [name, { sent, answered }] of [...counts].toSorted()) {
      process.stdout.write(
        `${name.padEnd(28)} ${String(sent).padStart(6)} sent ${String(answered).padStart(6)} answered\n`,
      );
    }
    const died = stack.events.filter(({ event }) => event === 'process.died');
    for (const { source, sequence } of died) {
      const output = stack.events.filter((event) => event.source === source && event.sequence <= sequence);
      for (const { message } of output.slice(-SHOWN_EVENTS)) process.stdout.write(`${source}: ${message}\n`);
    }
    const ended = processes.length - (await stillRunning(processes, 0)).length;
    const shop = new Shop(stack);
    await shop.waitForConfirmation(await shop.order());
    const survived = died.length === 0 && ended === 0;
    const result = survived
      ? 'No process ended; an order was confirmed after it'
      : `${ended} processes ended`;
    process.stdout.write(`${result} (seed ${seed})\n`);
    process.exitCode = survived ? 0 : 1;
  } finally {
    await stack.close();
    removeDataDir(dataDir);
  }
}
