/**
 * Has something undone when this process ends before its time: by `process.exit`, as on a signal, where no `finally` is
 * reached. The last is undone first; none can wait for anything.
 * @returns lets go of it, once it was undone in order
 */
export function atExit(undo: () => void): () => void {
  process.prependOnceListener('exit', undo);
  return () => void process.off('exit', undo);
}
