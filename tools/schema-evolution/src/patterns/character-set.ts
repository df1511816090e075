/** Unicode code points as ranges, sorted, without overlaps: `[[48, 57]]` is the digits. */
export type CharacterSet = readonly (readonly [from: number, to: number])[];

const MAX_CODE_POINT = 0x10ffff;

export const ANY: CharacterSet = [[0, MAX_CODE_POINT]];
export const DIGITS: CharacterSet = [[48, 57]];
export const WORD: CharacterSet = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
/** White space and line ends, as `\s` has them. */
export const SPACE: CharacterSet = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
/** Characters that `.` does not match. */
export const LINE_ENDS: CharacterSet = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];

/** The set of one character. */
export function setOf(character: string): CharacterSet {
  return setOfCodePoint(character.codePointAt(0) ?? 0);
}

/** The set of one code point. */
export function setOfCodePoint(codePoint: number): CharacterSet {
  return [[codePoint, codePoint]];
}

/** The code point of a set that holds exactly one. */
export function onlyCodePointOf(set: CharacterSet): number | undefined {
  const [range, ...others] = set;
  return others.length === 0 && range !== undefined && range[0] === range[1] ? range[0] : undefined;
}

/** All code points that are in at least one of the sets. */
export function unionOf(...sets: readonly CharacterSet[]): CharacterSet {
  const ranges = sets.flat().sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** All code points that are not in the set. */
export function complementOf(set: CharacterSet): CharacterSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= MAX_CODE_POINT) rest.push([next, MAX_CODE_POINT]);
  return rest;
}

/** The set with both cases of each ASCII letter in it. */
export function withBothCases(set: CharacterSet): CharacterSet {
  const shifted = (from: number, to: number, by: number): CharacterSet =>
    set.flatMap(([a, b]) => {
      const [low, high] = [Math.max(a, from), Math.min(b, to)];
      return low <= high ? [[low + by, high + by] as const] : [];
    });
  return unionOf(set, shifted(65, 90, 32), shifted(97, 122, -32));
}

/** Whether a code point is in the set. */
export function contains(set: CharacterSet, codePoint: number): boolean {
  return set.some(([from, to]) => codePoint >= from && codePoint <= to);
}

/**
 * One code point for each kind of character that the sets tell apart, a readable one where possible. Surrogates are left
 * out, because they are no characters.
 */
export function representatives(sets: readonly CharacterSet[]): number[] {
  const starts = [...new Set([0, 0xd800, 0xe000, ...sets.flat().flatMap(([from, to]) => [from, to + 1])])]
    .filter((start) => start <= MAX_CODE_POINT)
    .sort((a, b) => a - b);
  const found: number[] = [];
  for (const [index, from] of starts.entries()) {
    const to = (starts[index + 1] ?? MAX_CODE_POINT + 1) - 1;
    if (from >= 0xd800 && to <= 0xdfff) continue;
    const readable = [97, 65, 48, 33, 32, 161].find((start) => start >= from && start <= to);
    found.push(readable ?? (from <= 126 && to >= 33 ? Math.max(from, 33) : from));
  }
  const rank = (point: number): number =>
    point >= 97 && point <= 122 ? 0 : point >= 33 && point <= 126 ? 1 : 2;
  return found.sort((a, b) => rank(a) - rank(b));
}
