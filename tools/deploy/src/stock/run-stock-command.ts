import type { Firestore } from '@google-cloud/firestore';
import { allowStockDivision, gatherStock, readStockDivisions, type StockDivision } from '@waybill/orders';
import type { FirestoreTarget } from '../firestore-target.ts';
import { HELP, readStockCommandLine } from './command-line.ts';

/** The command's connections to the outside. */
export interface StockCommandEffects {
  /** Creates the client of a database. */
  readonly connect: (target: FirestoreTarget) => Firestore;
  /** Standard output. */
  readonly write: (text: string) => void;
  /** Standard error. */
  readonly writeError: (text: string) => void;
}

/** 0: done, or no stock is divided. 1: an error. 2: `show` found a divided stock. */
type ExitCode = 0 | 1 | 2;

/** Runs `show`, `gather` or `allow`. Never throws: errors are written, and make the exit code 1. */
export async function runStockCommand(
  args: readonly string[],
  effects: StockCommandEffects,
): Promise<ExitCode> {
  let firestore: Firestore | undefined;
  try {
    const commandLine = readStockCommandLine(args);
    if (commandLine === undefined) {
      effects.write(HELP);
      return 0;
    }
    firestore = effects.connect(commandLine);
    const divisions = await readStockDivisions(firestore);
    if (commandLine.command === 'show') return show(divisions, effects);
    if (commandLine.command === 'gather') return await gatherAll(firestore, divisions, effects);
    return await allowAll(firestore, divisions, effects);
  } catch (error) {
    effects.writeError(`${messageOf(error)}\n`);
    return 1;
  } finally {
    await firestore?.terminate().catch(() => {});
  }
}

function show(divisions: readonly StockDivision[], { write }: StockCommandEffects): ExitCode {
  const divided = divisions.filter(({ shardCount }) => shardCount > 0);
  const held = divisions.filter(({ isAllowed }) => !isAllowed);
  for (const { productId, shardCount } of divided)
    write(`${productId}: divided over ${shardCount} documents\n`);
  write(
    `${divided.length} of ${divisions.length} products are divided; ${held.length} may not be divided.\n`,
  );
  return divided.length > 0 ? 2 : 0;
}

async function gatherAll(
  firestore: Firestore,
  divisions: readonly StockDivision[],
  effects: StockCommandEffects,
): Promise<ExitCode> {
  let gathered = 0;
  const failed = await forEach(divisions, effects, async ({ productId }) => {
    const found = await gatherStock(firestore, productId);
    if (found === undefined || found.shardCount === 0) return;
    gathered += 1;
    effects.write(`${productId}: ${found.stock} pieces gathered from ${found.shardCount} documents\n`);
  });
  effects.write(
    `${gathered} products gathered; workers divide none of ${divisions.length - failed} products.\n`,
  );
  return failed === 0 ? 0 : 1;
}

async function allowAll(
  firestore: Firestore,
  divisions: readonly StockDivision[],
  effects: StockCommandEffects,
): Promise<ExitCode> {
  const held = divisions.filter(({ isAllowed }) => !isAllowed);
  const failed = await forEach(held, effects, ({ productId }) => allowStockDivision(firestore, productId));
  effects.write(`Workers may divide ${held.length - failed} more products.\n`);
  return failed === 0 ? 0 : 1;
}

/** Goes on after a product that fails. @returns the number of those */
async function forEach(
  divisions: readonly StockDivision[],
  { writeError }: StockCommandEffects,
  change: (division: StockDivision) => Promise<void>,
): Promise<number> {
  let failed = 0;
  for (const division of divisions) {
    try {
      await change(division);
    } catch (error) {
      failed += 1;
      writeError(
        `${division.productId}: ${messageOf(error)}. Run the command again: it goes on from there\n`,
      );
    }
  }
  return failed;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
