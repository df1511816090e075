/** Whether a queue of Cloud Tasks is a contract's queue, or a shard of it: `mails-3` of `mails`. */
export function isPartOf(queue: string, physical: string): boolean {
  return (
    physical === queue || (physical.startsWith(`${queue}-`) && /^\d+$/.test(physical.slice(queue.length + 1)))
  );
}
