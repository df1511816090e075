// Loaded by `npm run test:flows:reruns` only: each transaction takes a second longer there, so tests get more time.
import { TIME_FACTOR } from './rerun-mode.ts';

export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    const { currentTest } = this;
    currentTest?.timeout(currentTest.timeout() * TIME_FACTOR);
  },
};
