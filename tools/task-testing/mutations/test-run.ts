import { fork } from 'node:child_process';
import { join } from 'node:path';

/** A test file of the control run. */
export interface TestFile {
  /** Relative to the directory of the copies. */
  readonly file: string;
  readonly durationMs: number;
  /** Indexes of the guards that its tests evaluate. */
  readonly reached: readonly number[];
}

export interface TestRunRequest {
  readonly directory: string;
  /** In the order in which they run. */
  readonly files: readonly string[];
  /** Whether the first failure ends the run. */
  readonly bail: boolean;
  /** Whether mocha prints the tests. */
  readonly isShown: boolean;
  /** Timeout of each test, by file. Files that are absent keep mocha's own timeout. */
  readonly timeoutsMs: Readonly<Record<string, number>>;
}

export interface TestRunResult {
  /** `timeout`: the first failure is a test that took too long, which a busy machine may cause too. */
  readonly verdict: 'green' | 'red' | 'timeout' | 'hung';
  /** The first test that failed; undefined where the process ended early. */
  readonly finder?: { readonly file: string; readonly title: string };
  readonly files: readonly TestFile[];
}

/** Maximum time of one process: a mutant may hang outside of a test. */
const TIMEOUT_MS = 400_000;

/** Runs test files in a process of their own. A process that ends without a report counts as red. */
export async function runTests(request: TestRunRequest): Promise<TestRunResult> {
  const child = fork(join(import.meta.dirname, 'test-process.ts'), {
    cwd: request.directory,
    stdio: [
      'ignore',
      ...(request.isShown ? (['inherit', 'inherit'] as const) : (['ignore', 'ignore'] as const)),
      'ipc',
    ],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let report: TestRunResult | undefined;
  child.on('message', (message) => {
    report = message as TestRunResult;
  });
  child.send(request);
  const signal = await new Promise<string | null>((done, fail) =>
    child.on('close', (_code, killedBy) => done(killedBy)).on('error', fail),
  );
  return report ?? { verdict: signal === 'SIGKILL' ? 'hung' : 'red', files: [] };
}
