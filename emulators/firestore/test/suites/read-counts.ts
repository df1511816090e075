/** Outcomes of a suite's tests. */
export interface Counts {
  readonly passed: number;
  /** Titles of the tests that failed. */
  readonly failed: readonly string[];
}

/** Whether tests ran and none failed. A runner that crashes before its summary leaves nothing to count. */
export function isSuccess({ passed, failed }: Counts): boolean {
  return passed > 0 && failed.length === 0;
}

interface JestReport {
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

interface MochaReport {
  stats: { passes: number };
  failures: { fullTitle: string }[];
}

/** Reads the file that jest writes for `--json`. */
export function readJestReport(text: string): Counts {
  const { testResults } = JSON.parse(text) as JestReport;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: results.filter(({ status }) => status === 'passed').length,
    failed: results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  };
}

/** Reads the file that mocha's `json` reporter writes. */
export function readMochaReport(text: string): Counts {
  const { stats, failures } = JSON.parse(text) as MochaReport;
  return { passed: stats.passes, failed: failures.map(({ fullTitle }) => fullTitle) };
}

/** Reads what `pytest -q -rfE` prints. */
export function readPytestLog(log: string): Counts {
  return {
    passed: Number(/(\d+) passed/.exec(log)?.[1] ?? 0),
    failed: [...log.matchAll(/^(?:FAILED|ERROR) (\S+)/gm)].map(([, title = '']) => title),
  };
}

/** Reads what `go test -v` prints. Only tests without sub-tests count: the others repeat the outcome of theirs. */
export function readGoLog(log: string): Counts {
  const outcomes = [...log.matchAll(/^\s*--- (PASS|FAIL): (\S+)/gm)].map(([, outcome, title = '']) => ({
    outcome,
    title,
  }));
  const leaves = outcomes.filter(
    ({ title }) => !outcomes.some((other) => other.title.startsWith(`${title}/`)),
  );
  return {
    passed: leaves.filter(({ outcome }) => outcome === 'PASS').length,
    failed: leaves.filter(({ outcome }) => outcome === 'FAIL').map(({ title }) => title),
  };
}
