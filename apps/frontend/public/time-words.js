// Times in words, for the server's pages and for the script that adapts them to their viewer: one source for both.

/**
 * Whose day and clock a time is told in.
 * @typedef {object} Viewer
 * @property {string | undefined} [timeZone] an IANA name; undefined: the machine's own
 * @property {'h11' | 'h12' | 'h23' | 'h24' | undefined} [hourCycle] default: `h23`
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A time as people say it, with the exact one and its zone: `in 12 s (10:04:12 UTC)`, `tomorrow at 10:04 UTC`.
 * @param {number} atMs milliseconds since the Unix epoch, as `nowMs` is
 * @param {number} nowMs
 * @param {Viewer} viewer
 * @returns {string}
 */
export function timeWords(atMs, nowMs, viewer) {
  const distance = Math.abs(atMs - nowMs);
  if (distance < HOUR_MS) {
    return `${nearWords(atMs - nowMs)} (${clock(atMs, viewer, { second: '2-digit' })})`;
  }
  return `${dayWords(atMs, nowMs, viewer)} at ${clock(atMs, viewer, {})}`;
}

/**
 * A time in full: `Sunday, 22 November 2026 at 10:04:12 UTC`.
 * @param {number} atMs
 * @param {Viewer} viewer
 * @returns {string}
 */
export function fullTime(atMs, viewer) {
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: viewer.timeZone });
  return `${day.format(atMs)} at ${clock(atMs, viewer, { second: '2-digit' })}`;
}

/** @param {number} aheadMs negative for the past */
function nearWords(aheadMs) {
  const distance = Math.abs(aheadMs);
  if (aheadMs <= 0 && distance < 10 * SECOND_MS) return 'just now';
  // A time ahead is rounded up: what is due "in 0 s" would be late.
  const round = aheadMs > 0 ? Math.ceil : Math.floor;
  const words =
    distance < 90 * SECOND_MS ? `${round(distance / SECOND_MS)} s` : `${round(distance / MINUTE_MS)} min`;
  return aheadMs > 0 ? `in ${words}` : `${words} ago`;
}

/**
 * @param {number} atMs
 * @param {number} nowMs
 * @param {Viewer} viewer
 */
function dayWords(atMs, nowMs, { timeZone }) {
  const daysAhead = (dayNumber(atMs, timeZone) - dayNumber(nowMs, timeZone)) / DAY_MS;
  if (daysAhead === 0) return 'today';
  if (daysAhead === 1) return 'tomorrow';
  if (daysAhead === -1) return 'yesterday';
  const isFar = Math.abs(daysAhead) > 300;
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    ...(isFar && { year: 'numeric' }),
  }).format(atMs);
}

/**
 * The calendar day in a zone, as UTC's midnight of the day of that name.
 * @param {number} atMs
 * @param {string | undefined} timeZone
 */
function dayNumber(atMs, timeZone) {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(atMs);
  /** @param {string} type */
  const part = (type) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'));
}

/**
 * @param {number} atMs
 * @param {Viewer} viewer
 * @param {{ second?: '2-digit' }} more
 */
function clock(atMs, { timeZone, hourCycle = 'h23' }, more) {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle,
    hour: hourCycle === 'h23' ? '2-digit' : 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    ...more,
  }).format(atMs);
}
