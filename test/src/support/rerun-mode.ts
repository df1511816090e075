/** Faults of the Firestore emulator in flows. */
export const firestoreFaults = readFaults(process.env);

/** Factor of all timeouts of flows: each transaction that runs twice takes about a second longer. */
export const TIME_FACTOR = firestoreFaults === undefined ? 1 : 4;

/**
 * Reads the share of transactions that run twice from FLOW_RERUN_SHARE, from 0 to 1, and the seed that chooses them from
 * FLOW_RERUN_SEED. A function with an effect outside of its transaction shows then. Default: none runs twice without
 * contention.
 */
function readFaults(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, number>> | undefined {
  const share = environment['FLOW_RERUN_SHARE'];
  if (share === undefined || share === '') return undefined;
  return { seed: Number(environment['FLOW_RERUN_SEED'] ?? 1), rerunShare: Number(share) };
}
