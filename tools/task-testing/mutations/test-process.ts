/** Runs the test files that its parent names, in that order, and reports which guards each of them evaluates. */
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import Mocha from 'mocha';
import { rootDir } from './package-copies.ts';
import type { TestRunRequest, TestRunResult } from './test-run.ts';

// Sets what the tests expect of the environment, too.
const { timeout, forbidOnly } = createRequire(import.meta.url)(join(rootDir, '.mocharc.cjs')) as {
  timeout: number;
  forbidOnly: boolean;
};

process.once('message', (request) => {
  void run(request as TestRunRequest);
});

async function run({ directory, files, bail, isShown, timeoutsMs }: TestRunRequest): Promise<void> {
  const found = new Map(files.map((file) => [file, { durationMs: 0, reached: new Set<number>() }]));
  let current: string | undefined;
  Object.assign(globalThis, {
    reachGuard: (index: number) => {
      // A guard that is evaluated while files load belongs to every file.
      const reaching = current === undefined ? [...found.values()] : [found.get(current)];
      for (const file of reaching) file?.reached.add(index);
    },
  });

  const mocha = new Mocha({ bail, forbidOnly, timeout, reporter: isShown ? 'dot' : Mocha.reporters.Base });
  for (const file of files) mocha.addFile(join(directory, file));
  await mocha.loadFilesAsync();

  let finder: TestRunResult['finder'];
  let isTimeout = false;
  let startedAtMs = performance.now();
  const enter = ({ file }: { file?: string | undefined }) => {
    if (file === undefined) return;
    const entered = relative(directory, file);
    if (entered === current) return;
    leave();
    current = entered;
  };
  const leave = () => {
    const nowMs = performance.now();
    const left = current === undefined ? undefined : found.get(current);
    if (left !== undefined) left.durationMs += nowMs - startedAtMs;
    startedAtMs = nowMs;
  };
  const runner = mocha.run((failures) => {
    leave();
    const result: TestRunResult = {
      verdict: failures === 0 ? 'green' : isTimeout ? 'timeout' : 'red',
      ...(finder !== undefined && { finder }),
      files: [...found].map(([file, { durationMs, reached }]) => ({
        file,
        durationMs: Math.round(durationMs),
        reached: [...reached],
      })),
    };
    // Tests of a mutant may leave something open.
    process.send?.(result, () => process.exit(failures === 0 ? 0 : 1));
  });
  runner.on('suite', enter);
  runner.on('test', (test) => {
    enter(test);
    const timeoutMs = current === undefined ? undefined : timeoutsMs[current];
    if (timeoutMs !== undefined && test.timeout() !== 0) test.timeout(Math.min(test.timeout(), timeoutMs));
  });
  runner.on('fail', (test, error: { code?: unknown } | undefined) => {
    if (finder === undefined) isTimeout = error?.code === 'ERR_MOCHA_TIMEOUT';
    finder ??= { file: current ?? '', title: test.fullTitle() };
  });
}
