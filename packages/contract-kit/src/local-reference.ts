/**
 * The URI fragment, without its `#`, of a reference into the schema that holds it.
 * @param root the whole schema, whose `$id` a reference may repeat
 * @returns undefined for a reference to another document
 */
export function localFragmentOf(root: unknown, ref: string): string | undefined {
  if (ref.startsWith('#')) return ref.slice(1);
  const id = typeof root === 'object' && root !== null ? (root as { $id?: unknown }).$id : undefined;
  if (typeof id !== 'string' || id === '') return undefined;
  const base = id.replace(/#$/, '');
  if (ref === base) return '';
  return ref.startsWith(`${base}#`) ? ref.slice(base.length + 1) : undefined;
}
