/**
 * Whether two JSON values are equal. Only own members count, whatever their names, and the depth of the values is not
 * limited: both may come from outside.
 */
export function equalJson(one: unknown, other: unknown): boolean {
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object')
      return false;
    if (Array.isArray(left) !== Array.isArray(right)) return false;
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    for (const name of names) {
      if (!Object.hasOwn(right, name)) return false;
      open.push([(left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]]);
    }
  }
  return true;
}

/** The indexes of two equal items of an array, the later one first; undefined if there are none. */
export function equalItems(items: readonly unknown[]): readonly [later: number, earlier: number] | undefined {
  const indexOf = new Map<unknown, number>();
  const structured = new Map<string, number[]>();
  for (const [later, item] of items.entries()) {
    if (item === null || typeof item !== 'object') {
      const earlier = indexOf.get(item);
      if (earlier !== undefined) return [later, earlier];
      indexOf.set(item, later);
      continue;
    }
    // Only values with the same names can be equal: a long array is not compared pair by pair.
    const form = JSON.stringify([Array.isArray(item), ...Object.keys(item).sort()]);
    const alike = structured.get(form) ?? [];
    const earlier = alike.find((index) => equalJson(items[index], item));
    if (earlier !== undefined) return [later, earlier];
    structured.set(form, [...alike, later]);
  }
  return undefined;
}
