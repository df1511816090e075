import type { Scenario } from '../scenario.ts';
import { consoleScenario } from './console-scenario.ts';
import { frontendScenario } from './frontend-scenario.ts';
import { workerScenario } from './worker-scenario.ts';

/** The work that each App Engine service is given; one without gets none but its warm-up. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  console: consoleScenario,
  default: frontendScenario,
  worker: workerScenario,
};
