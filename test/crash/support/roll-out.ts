import type { CampaignStack } from './campaign-stack.ts';
import type { Report } from './report.ts';
import { settle } from './settle.ts';

/** The version of the worker that runs from an earlier commit. */
export const EARLIER_VERSION = 'earlier';
const PRESENT_VERSION = 'v1';
/** A worker from before steps had effects repeats such a call under another key: see docs/runbook.md. */
const NOT_ROLLED_BACK = 'charge-payment';

/** The parts of a campaign, by the version that serves the tasks. */
const PHASES = [
  { from: 0, version: EARLIER_VERSION, what: 'the earlier worker serves' },
  { from: 0.25, version: PRESENT_VERSION, what: 'roll-out' },
  { from: 0.5, version: EARLIER_VERSION, what: 'roll-back' },
  { from: 0.75, version: PRESENT_VERSION, what: 'roll-out again' },
] as const;

/** Rolls the worker out and back while a campaign runs. All versions are there all the time, and are killed together. */
export class RollOut {
  readonly #campaign: CampaignStack;
  readonly #report: Report;
  #phase = -1;

  constructor(campaign: CampaignStack, report: Report) {
    this.#campaign = campaign;
    this.#report = report;
  }

  /** Moves on to the phase of a share of the kills, from 0 to 1. */
  async moveTo(share: number): Promise<void> {
    const phase = PHASES.findLastIndex(({ from }) => from <= share);
    const next = PHASES[phase];
    if (phase === this.#phase || next === undefined) return;
    this.#phase = phase;
    if (next.what === 'roll-back') await this.#untilNoCharge();
    this.#campaign.stack.appEngine.setTraffic('worker', { [next.version]: 1 });
    this.#report.line(next.what);
  }

  /** The versions that claimed no task: then the campaign shows nothing. */
  idleVersions(): string[] {
    const claims = this.claims();
    return [EARLIER_VERSION, PRESENT_VERSION].filter((version) => (claims.get(version) ?? 0) === 0);
  }

  /** The number of tasks that each version claimed. */
  claims(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { event, source } of this.#campaign.stack.events) {
      if (event !== 'task.claimed') continue;
      const version = source === `worker@${EARLIER_VERSION}` ? EARLIER_VERSION : PRESENT_VERSION;
      counts.set(version, (counts.get(version) ?? 0) + 1);
    }
    return counts;
  }

  async #untilNoCharge(): Promise<void> {
    await settle(this.#campaign, {
      isOver: (open) => !open.some(({ contract }) => contract === NOT_ROLLED_BACK),
    });
  }
}
