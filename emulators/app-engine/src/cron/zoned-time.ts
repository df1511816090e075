/** A time on the clocks of a time zone; `month` from 1, `day` may lie beyond the month's end. */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** The time that the clocks of a time zone show at a moment (milliseconds since the Unix epoch), without the seconds. */
export function localTimeIn(timeZone: string, atMs: number): LocalTime {
  const shown = new Date(Math.floor(atMs / 60_000) * 60_000 + offsetMs(timeZone, atMs));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
  };
}

/**
 * The moment at which the clocks of a time zone show this time: the first of two if they show it twice, and the first full
 * minute after the gap if they skip it.
 */
export function toInstantMs(timeZone: string, local: LocalTime): number {
  const dayMs = 86_400_000;
  let shownMs = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
  // The offset a day before and a day after are the two that a change of clocks in between can have. No gap is over a day.
  for (let minutes = 0; minutes <= 24 * 60; minutes += 1) {
    const moments = [offsetMs(timeZone, shownMs - dayMs), offsetMs(timeZone, shownMs + dayMs)]
      .map((offset) => ({ atMs: shownMs - offset, offset }))
      .filter(({ atMs, offset }) => offsetMs(timeZone, atMs) === offset)
      .map(({ atMs }) => atMs);
    if (moments.length > 0) return Math.min(...moments);
    shownMs += 60_000;
  }
  throw new Error(`No moment in ${timeZone} for ${JSON.stringify(local)}`);
}

/** How far a time zone's clocks are ahead of UTC at a moment. */
function offsetMs(timeZone: string, atMs: number): number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
  if (!match) throw new Error(`Unexpected offset ${name} of the time zone ${timeZone}`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}
