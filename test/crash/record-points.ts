import { type Flow, runFlow } from './flows.ts';
import type { CampaignStack } from './support/campaign-stack.ts';
import type { OccurredCall } from './support/crash-point-files.ts';
import { settle } from './support/settle.ts';
import type { PlacedOrder } from './support/verdict.ts';

/** The flow of the tasks that come a day after an order. */
export const A_DAY_LATER = 'a day later';
export const DAY_MS = 24 * 3_600_000;

/** A call that a flow makes, at which it is to crash. */
export interface RecordedPoint {
  readonly flow: Flow | typeof A_DAY_LATER;
  /** The request that makes it. */
  readonly cause: string;
  readonly point: string;
}

/** What running the flows without crashes came to. */
export interface Recording {
  /** Each call once: where a request makes the very same calls in a later flow, they are not listed again. */
  readonly points: readonly RecordedPoint[];
  /** The calls of one run of each flow, those that are the same included. */
  readonly callCount: number;
  /** Points that one run had and another had not. */
  readonly unsteady: readonly string[];
  readonly placed: readonly PlacedOrder[];
}

/** Each flow is run so often, to see whether its calls are the same each time. */
const RUNS = 2;

/** Runs every flow without a crash, and writes down its calls. */
export async function recordPoints(campaign: CampaignStack, flows: readonly Flow[]): Promise<Recording> {
  const placed: PlacedOrder[] = [];
  const points: RecordedPoint[] = [];
  const unsteady: string[] = [];
  const known = new Set<string>();
  let callCount = 0;

  const run = async (flow: Flow, email: string): Promise<void> => {
    const { crashed, ...order } = await runFlow(campaign, flow, email);
    if (crashed) throw new Error(`A service died by itself while "${flow.name}" was recorded`);
    placed.push(order);
    await settleAll(campaign);
  };
  const add = (flow: RecordedPoint['flow'], runs: readonly (readonly OccurredCall[])[]): void => {
    const isSwept = typeof flow === 'object' && flow.loses === true;
    const found = runs.map((calls) => pointsByCause(calls, isSwept));
    for (const cause of new Set(found.flatMap((byCause) => [...byCause.keys()]))) {
      const lists = found.map((byCause) => byCause.get(cause) ?? []);
      const union = [...new Set(lists.flat())];
      callCount += union.length;
      const signature = [cause, ...union].join('\n');
      if (known.has(signature)) continue;
      known.add(signature);
      unsteady.push(...union.filter((point) => !lists.every((list) => list.includes(point))));
      points.push(...union.map((point) => ({ flow, cause, point })));
    }
  };

  for (const [index, flow] of flows.entries()) {
    const runs: OccurredCall[][] = [];
    for (let number = 1; number <= RUNS; number += 1) {
      const before = campaign.points.calls().length;
      await run(flow, `recorded-${index}-${number}@example.com`);
      runs.push(campaign.points.calls().slice(before));
    }
    add(flow, runs);
  }
  const laterRuns: OccurredCall[][] = [];
  for (let number = 1; number <= RUNS; number += 1) {
    const [flow] = flows;
    if (flow !== undefined && number > 1) await run(flow, `recorded-later-${number}@example.com`);
    const before = campaign.points.calls().length;
    await campaign.stack.advance(DAY_MS);
    await settleAll(campaign);
    laterRuns.push(campaign.points.calls().slice(before));
  }
  add(A_DAY_LATER, laterRuns);
  return { points, callCount, unsteady, placed };
}

async function settleAll(campaign: CampaignStack): Promise<void> {
  const open = await settle(campaign);
  if (open.length > 0) throw new Error(`Tasks stay open without any crash: ${JSON.stringify(open)}`);
}

/** The points of first deliveries, by the request that they were made for. */
function pointsByCause(calls: readonly OccurredCall[], isSwept: boolean): Map<string, string[]> {
  const byCause = new Map<string, string[]>();
  for (const { cause, point, retries } of calls) {
    // Cron sweeps at any time; only where a flow needs the sweep, its calls are part of it.
    if (retries > 0 || (cause === 'sweep' && !isSwept)) continue;
    const points = byCause.get(cause) ?? [];
    if (!points.includes(point)) points.push(point);
    byCause.set(cause, points);
  }
  return byCause;
}
