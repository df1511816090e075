/** Strings and the structural characters of a JSON text; numbers, literals and white space need no look. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** An object or array that is open. */
interface Level {
  /** Names of an object so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** The name or index that the path goes through. */
  key: string | number;
  /** Whether the next string is a name: after "{", and after "," in an object. */
  expectsName: boolean;
}

/**
 * Finds a member that an object of a JSON text has twice. JSON.parse() keeps the last one, and other parsers the first: what one
 * system checks, another may not see.
 * @param text JSON that is known to be valid
 * @returns its JSON pointer (RFC 6901); undefined if there is none
 */
export function duplicateMember(text: string): string | undefined {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') levels.push({ names: new Set(), key: '', expectsName: true });
    else if (token === '[') levels.push({ names: undefined, key: 0, expectsName: false });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',') goOn(levels.at(-1));
    else if (token !== ':' && isSecond(token, levels.at(-1))) return pointerOf(levels);
  }
  return undefined;
}

/** Goes on to the next member or item. */
function goOn(level: Level | undefined): void {
  if (level === undefined) return;
  level.expectsName = level.names !== undefined;
  if (typeof level.key === 'number') level.key += 1;
}

/** Whether a string is a name that its object has already. */
function isSecond(token: string, level: Level | undefined): boolean {
  if (level?.names === undefined || !level.expectsName) return false;
  level.expectsName = false;
  // Two spellings of one name are the same member: "a" and "\u0061".
  level.key = JSON.parse(token) as string;
  const isKnown = level.names.has(level.key);
  level.names.add(level.key);
  return isKnown;
}

function pointerOf(levels: readonly Level[]): string {
  return levels.map(({ key }) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
