const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A time that clocks show; `month` from 1, `day` may lie beyond the month's end. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** One format for each time zone: to construct one takes longer than all that a schedule asks of it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The clocks of a time zone. Moments are milliseconds since the Unix epoch. */
export class TimeZoneClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #timeZone: string;

  /** @param timeZone an IANA name such as Europe/Berlin */
  constructor(timeZone: string) {
    this.#timeZone = timeZone;
    this.#format =
      formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, this.#format);
  }

  /** The time that the clocks show at a moment, without the seconds. */
  shownAt(atMs: number): LocalTime {
    const shown = this.#shownDate(atMs);
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      hour: shown.getUTCHours(),
      minute: shown.getUTCMinutes(),
    };
  }

  /** The day of the week at a moment; 0 is Sunday. */
  weekdayAt(atMs: number): number {
    return this.#shownDate(atMs).getUTCDay();
  }

  /** The moments at which the clocks show this time: two where they go back past it, none where they skip it. */
  momentsOf(local: LocalTime): readonly number[] {
    const shownMs = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
    // A change of clocks has the offset of a day before it on one side, and that of a day after it on the other.
    const offsets = new Set([this.#offsetMs(shownMs - DAY_MS), this.#offsetMs(shownMs + DAY_MS)]);
    return [...offsets]
      .filter((offset) => this.#offsetMs(shownMs - offset) === offset)
      .map((offset) => shownMs - offset)
      .sort((a, b) => a - b);
  }

  /** The first moment at which the clocks show this time, or the first full minute after the gap that skips it. */
  firstMomentFrom(local: LocalTime): number {
    for (let minutes = 0; minutes <= DAY_MS / MINUTE_MS; minutes += 1) {
      const [first] = this.momentsOf({ ...local, minute: local.minute + minutes });
      if (first !== undefined) return first;
    }
    throw new Error(`No moment in ${this.#timeZone} for ${JSON.stringify(local)}`);
  }

  #shownDate(atMs: number): Date {
    return new Date(Math.floor(atMs / MINUTE_MS) * MINUTE_MS + this.#offsetMs(atMs));
  }

  /** How far the clocks are ahead of UTC at a moment. */
  #offsetMs(atMs: number): number {
    const name = this.#format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
    if (!match) throw new Error(`Unexpected offset ${name} of the time zone ${this.#timeZone}`);
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -size : size;
  }
}
