/** A secret that signs the links of orders. */
export interface OrderLinkKey {
  /** Names the key in each token. */
  readonly id: string;
  readonly secret: string;
  /** Tokens of the key are refused from then on. Default: never. */
  readonly endsAt?: Date;
}

/** Id of the key of a laptop, which no deployed service takes. */
export const LOCAL_KEY_ID = 'local';

const DAY_MS = 86_400_000;
const KEY = /^([a-z0-9-]{1,16}):([A-Za-z0-9_-]{32,128})(?::(\d{4}-\d\d-\d\d))?$/;

/**
 * Reads a list of keys such as `2026-12:SECRET,2026-06:SECRET:2027-01-31`. The first key signs, so it has no end. Any other
 * key is accepted up to the end of its day, in UTC.
 * @returns undefined if the text is no such list
 */
export function parseOrderLinkKeys(text: string): OrderLinkKey[] | undefined {
  const keys = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(parseKey);
  if (!keys.every((key) => key !== undefined)) return undefined;
  const [current] = keys;
  const ids = new Set(keys.map(({ id }) => id));
  return current === undefined || current.endsAt !== undefined || ids.size < keys.length ? undefined : keys;
}

function parseKey(text: string): OrderLinkKey | undefined {
  const [, id, secret, lastDay] = KEY.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  if (lastDay === undefined) return { id, secret };
  const startMs = Date.parse(`${lastDay}T00:00:00Z`);
  // Date.parse() takes 31 February for a day of March.
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== lastDay) return undefined;
  return { id, secret, endsAt: new Date(startMs + DAY_MS) };
}
