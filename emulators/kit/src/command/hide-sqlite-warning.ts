/** The part of the process that is changed. */
interface WarningProcess {
  emitWarning: typeof process.emitWarning;
}

/**
 * Keeps Node from printing that SQLite is experimental, at each start of a command. Other warnings are printed. Call it
 * before anything imports SQLite.
 */
export function hideSqliteWarning(world: WarningProcess): void {
  const emitWarning = world.emitWarning as (...args: unknown[]) => void;
  world.emitWarning = ((warning: unknown, ...rest: unknown[]) => {
    if (!/^SQLite is an experimental feature/.test(String(warning)))
      emitWarning.call(world, warning, ...rest);
  }) as typeof process.emitWarning;
}
