// Loaded by `npm run test:flows:reruns` only: each transaction takes a second longer there, so tests get more time.
import { RERUN_TIME_FACTOR } from './flow-stack.ts';

export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    const { currentTest } = this;
    currentTest?.timeout(currentTest.timeout() * RERUN_TIME_FACTOR);
  },
};
