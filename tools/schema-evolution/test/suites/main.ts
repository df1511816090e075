// `npm run test:suites -w tools/schema-evolution -- <folder>`: judges the pairs of a public suite.
import { judgePair, type Outcome, type PairOutcome } from './judge-pairs.ts';
import { readPairs } from './read-pairs.ts';

const SHOWN: ReadonlySet<Outcome> = new Set(['wider', 'narrower', 'undecided', 'refused']);

const [folder, ...others] = process.argv.slice(2);
if (folder === undefined || others.length > 0) {
  process.stderr.write('Expected one folder of pairs: see the README for its layouts.\n');
  process.exitCode = 2;
} else {
  const outcomes = readPairs(folder).flatMap(judgePair);
  for (const outcome of outcomes) if (SHOWN.has(outcome.outcome)) process.stdout.write(lineOf(outcome));
  const counts = Object.groupBy(outcomes, ({ outcome }) => outcome);
  const words = Object.entries(counts).map(([outcome, list]) => `${outcome} ${list.length}`);
  process.stdout.write(`${outcomes.length} verdicts: ${words.join(', ')}\n`);
  if (outcomes.length === 0) process.stderr.write(`No pairs are in ${folder}.\n`);
  process.exitCode = outcomes.length === 0 ? 2 : counts.wider || counts.narrower ? 1 : 0;
}

function lineOf({ name, role, outcome, detail }: PairOutcome): string {
  return `${outcome}: ${name}, ${role}${detail === undefined ? '' : `: ${detail}`}\n`;
}
