import type { Catalogue } from '@waybill/contract-kit';
import { type ContractHistory, publishedEntries } from './contract-history.ts';

/**
 * Time after its last writer in which a version may still be delivered: Cloud Tasks keeps a task for at most 31 days, and a
 * record may be replayed for 30 days more.
 */
const RETENTION_DAYS = 31 + 30;
const DAY_MS = 86_400_000;

/** The verdict on taking one version of a contract out. */
export interface Retirement {
  readonly contract: string;
  readonly version: number;
  readonly verdict: 'newest' | 'not yet' | 'may be retired';
  /** The reasons against it, for people. */
  readonly reasons: readonly string[];
}

/**
 * Judges for each version in the catalogue whether it may be retired in one environment. A newer version must exist, the
 * ledger must hold no waiting or dead task of it, and the retention since the newer version must be over.
 * @param inFlight the ledger's waiting and dead tasks
 */
export function judgeRetirement(
  catalogue: Catalogue,
  histories: readonly ContractHistory[],
  inFlight: readonly {
    readonly contract: string;
    readonly version: number;
    readonly waiting: number;
    readonly dead: number;
  }[],
  nowMs: number,
): Retirement[] {
  return catalogue.contracts.map(({ name, version }) => {
    const subject = { contract: name, version };
    if (catalogue.newest(name)?.version === version) return { ...subject, verdict: 'newest', reasons: [] };
    const reasons: string[] = [];
    const held = inFlight.find((other) => other.contract === name && other.version === version);
    if (held !== undefined && held.waiting > 0)
      reasons.push(`${held.waiting} of its tasks are still to be done`);
    if (held !== undefined && held.dead > 0) {
      reasons.push(`${held.dead} dead letters may be replayed: replay or discard them`);
    }
    const next = histories
      .filter((history) => history.contract === name && history.version > version)
      .sort((a, b) => a.version - b.version)[0];
    const since = publishedEntries(next)[0]?.recordedOn;
    if (next === undefined || since === undefined) {
      reasons.push('the version after it is not recorded as published');
    } else {
      const overAt = Date.parse(since) + RETENTION_DAYS * DAY_MS;
      const over = new Date(overAt).toISOString().slice(0, 10);
      if (nowMs < overAt) {
        reasons.push(
          `v${next.version} was recorded on ${since}, and the retention of ${RETENTION_DAYS} days is over on ${over}`,
        );
      }
    }
    return { ...subject, verdict: reasons.length === 0 ? 'may be retired' : 'not yet', reasons };
  });
}
