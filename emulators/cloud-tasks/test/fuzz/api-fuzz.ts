// The API campaign: random calls of every method over gRPC and REST to an emulator in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fuzzApi } from './fuzz-api.ts';

const HELP = `Usage: node test/fuzz/api-fuzz.ts [options]

  --inputs NUMBER  default 100000
  --seed NUMBER    gives the calls; default: another one each time
`;
const MAX_SEED = 1_000_000_000;
const SHOWN_FAULTS = 20;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % MAX_SEED) },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  process.stdout.write(`API campaign: seed ${seed}, ${inputs} inputs\n`);
  const main = join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(process.execPath, [main, '--port', '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, EMULATOR_EXIT_WITH_PARENT: '1' },
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { counts, faults } = await fuzzApi({ port: Number(/\d+$/.exec(line)?.[0]), seed, inputs });
  for (const [code, count] of [...counts].toSorted()) {
    process.stdout.write(`${code.padEnd(24)} ${String(count).padStart(7)}\n`);
  }
  for (const fault of faults.slice(0, SHOWN_FAULTS)) process.stdout.write(`${fault}\n`);
  const isAlive = child.exitCode === null && child.signalCode === null;
  child.kill();
  const verdict = isAlive ? 'the process is alive' : 'the process ended';
  process.stdout.write(`${faults.length} faults, ${verdict} (seed ${seed})\n`);
  process.exitCode = isAlive && faults.length === 0 ? 0 : 1;
}
