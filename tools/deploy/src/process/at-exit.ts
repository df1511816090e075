/**
 * Runs a cleanup when this process exits early, by `process.exit` as on a signal, where no `finally` is reached. The last
 * cleanup runs first; all of them are synchronous.
 * @returns cancels the cleanup; to be called once the work is cleaned up in order
 */
export function atExit(cleanUp: () => void): () => void {
  process.prependOnceListener('exit', cleanUp);
  return () => void process.off('exit', cleanUp);
}
