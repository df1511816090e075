import type { EmulatedCloud } from './emulated-cloud.ts';

/** The surroundings of a scenario. */
export interface ScenarioContext {
  readonly cloud: EmulatedCloud;
  /** The service under rehearsal. */
  readonly serviceUrl: string;
  /** How long its work may take. */
  readonly timeoutMs: number;
}

/** Gives a service real work. Resolves to what it did, in one line; rejects with what went wrong. */
export type Scenario = (context: ScenarioContext) => Promise<string>;
