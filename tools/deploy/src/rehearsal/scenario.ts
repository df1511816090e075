import type { EmulatedCloud } from './emulated-cloud.ts';

/** What a scenario finds. */
export interface Scene {
  readonly cloud: EmulatedCloud;
  /** The service under rehearsal. */
  readonly serviceUrl: string;
  /** How long its work may take. */
  readonly timeoutMs: number;
}

/** Gives a service real work. Resolves to what it did, in one line; rejects with what went wrong. */
export type Scenario = (scene: Scene) => Promise<string>;
