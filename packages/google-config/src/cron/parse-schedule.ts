import type { Schedule, ScheduleDays, TimeOfDay } from './schedule.ts';
import { ScheduleError } from './schedule-error.ts';
import { readTokens, type Token, type TokenKind } from './schedule-tokens.ts';

const MINUTES_A_DAY = 24 * 60;
/** The lexer of App Engine's SDK takes no longer numbers. */
const MAX_DIGITS = 5;
const ALL_ORDINALS = [1, 2, 3, 4, 5];
const ALL_WEEKDAYS = [0, 1, 2, 3, 4, 5, 6];
const ALL_MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const QUARTERS = [1, 4, 7, 10];
/** Days of each month in a leap year. */
const MONTH_LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads the text of a cron job's schedule: the whole grammar that App Engine's SDK has for it (Groc.g).
 * @throws {ScheduleError} that names the word at fault, and the words that were expected
 */
export function parseSchedule(text: string): Schedule {
  return new ScheduleReader(text).read();
}

/** Reads one schedule, word by word. */
class ScheduleReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
  }

  /** @throws {ScheduleError} if the text is no schedule */
  read(): Schedule {
    const [first, second] = this.#tokens;
    const schedule =
      first?.kind === 'every' && second?.kind === 'number' ? this.#interval() : this.#timeOfDay();
    if (!this.#isNext('end')) this.#refuse('the end of the schedule');
    return schedule;
  }

  get #next(): Token {
    return this.#tokens[this.#position] as Token;
  }

  #isNext(kind: TokenKind): boolean {
    return this.#next.kind === kind;
  }

  /** `every N minutes`, with a window or `synchronized`, with `on` and days of the week. */
  #interval(): Schedule {
    this.#take('"every"', 'every');
    const number = this.#number('a number of minutes or hours from 1', 1);
    const unit = this.#take('"minutes", "mins" or "hours"', 'minutes', 'hours');
    const minutes = number * (unit.kind === 'hours' ? 60 : 1);
    const window = this.#window(minutes);
    const weekdays = this.#onWeekdays(minutes);
    return {
      ...(window === undefined ? { kind: 'interval', minutes } : { kind: 'window', minutes, ...window }),
      ...(weekdays && { weekdays }),
    };
  }

  #window(minutes: number): { from: TimeOfDay; to: TimeOfDay } | undefined {
    if (this.#isNext('synchronized')) {
      if (MINUTES_A_DAY % minutes !== 0) {
        this.#refuse('no "synchronized": 24 hours must be a multiple of the interval');
      }
      this.#position += 1;
      return { from: { hour: 0, minute: 0 }, to: { hour: 23, minute: 59 } };
    }
    if (!this.#isNext('from')) return undefined;
    this.#position += 1;
    const from = this.#time();
    this.#take('"to" and a time such as 14:00', 'to');
    return { from, to: this.#time() };
  }

  #onWeekdays(minutes: number): readonly number[] | undefined {
    if (!this.#isNext('on')) return undefined;
    this.#position += 1;
    const isTooLong = minutes > MINUTES_A_DAY;
    if (isTooLong && this.#isNext('weekday')) {
      this.#refuse('no days of the week, since the interval is longer than a day,');
    }
    const weekdays = this.#weekdays();
    return weekdays.length === ALL_WEEKDAYS.length ? undefined : weekdays;
  }

  #timeOfDay(): Schedule {
    const days = this.#days();
    let months: readonly number[] = ALL_MONTHS;
    const isMonthNamed = this.#isNext('of');
    if (isMonthNamed) {
      this.#position += 1;
      months = this.#months();
    }
    const time = this.#time(isMonthNamed ? '' : '"of" and months, or ');
    if ('monthDays' in days) this.#checkMonthDays(days.monthDays, months);
    return { kind: 'time-of-day', days, months, time };
  }

  /** The days: numbers and `of`; or `every` or ordinals, and days of the week. */
  #days(): ScheduleDays {
    if (this.#isNext('number')) {
      const monthDays = this.#list(() => this.#number('a day of the month from 1 to 31', 1, 31));
      if (!this.#isNext('of')) this.#refuse('a comma and a day, or "of" and months');
      return { monthDays };
    }
    const forms = '"every", an ordinal such as 1st, or a day of the month';
    const isEvery = this.#isNext('every');
    if (isEvery) this.#position += 1;
    const ordinals = isEvery ? ALL_ORDINALS : this.#list(() => this.#take(forms, 'ordinal').value);
    const isDay = this.#isNext('day');
    const weekdays = this.#weekdays(isEvery ? 'a number, ' : '');
    // "1st day" is the first day of the month, not each day of its first week.
    return isDay && !isEvery ? { monthDays: ordinals } : { weekdays, ordinals };
  }

  #weekdays(alternatives = ''): readonly number[] {
    if (this.#isNext('day')) {
      this.#position += 1;
      return ALL_WEEKDAYS;
    }
    const first = `${alternatives}"day" or a day of the week`;
    return this.#list((isFirst) => this.#take(isFirst ? first : 'a day of the week', 'weekday').value);
  }

  #months(): readonly number[] {
    switch (this.#next.kind) {
      case 'any-month':
        this.#position += 1;
        return ALL_MONTHS;
      case 'quarter':
        this.#position += 1;
        return QUARTERS;
      case 'ordinal':
        return this.#monthsOfQuarter();
      default:
        return this.#list(
          (isFirst) => this.#take(isFirst ? '"month", "quarter" or a month' : 'a month', 'month').value,
        );
    }
  }

  /** `1st,3rd month of quarter`. */
  #monthsOfQuarter(): readonly number[] {
    const ordinals = this.#list(() => {
      if (this.#next.value > 3) this.#refuse('1st, 2nd or 3rd: a quarter has three months');
      return this.#take('1st, 2nd or 3rd', 'ordinal').value;
    });
    this.#take('"month of quarter"', 'any-month');
    this.#take('"of quarter"', 'of');
    this.#take('"quarter"', 'quarter');
    return ordinals.flatMap((ordinal) => QUARTERS.map((month) => month + ordinal - 1)).sort((a, b) => a - b);
  }

  #checkMonthDays(monthDays: readonly number[], months: readonly number[]): void {
    const longest = Math.max(...months.map((month) => MONTH_LENGTHS[month - 1] ?? 0));
    if (Math.min(...monthDays) <= longest) return;
    throw new ScheduleError(`expected a day up to ${longest}, the last of these months, got ${monthDays[0]}`);
  }

  /** One item or several with commas between them, in ascending order. */
  #list(item: (isFirst: boolean) => number): readonly number[] {
    const items = new Set([item(true)]);
    while (this.#isNext('comma')) {
      this.#position += 1;
      items.add(item(false));
    }
    return [...items].sort((a, b) => a - b);
  }

  #time(alternatives = ''): TimeOfDay {
    const [hour, minute] = this.#take(`${alternatives}a time from 00:00 to 23:59`, 'time').text.split(':');
    return { hour: Number(hour), minute: Number(minute) };
  }

  #number(expected: string, min: number, max = Number.POSITIVE_INFINITY): number {
    const { kind, value, text } = this.#next;
    if (kind === 'number' && (value < min || value > max || text.length > MAX_DIGITS)) {
      this.#refuse(text.length > MAX_DIGITS ? `${expected}, with at most ${MAX_DIGITS} digits` : expected);
    }
    return this.#take(expected, 'number').value;
  }

  #take(expected: string, ...kinds: readonly TokenKind[]): Token {
    const token = this.#next;
    if (!kinds.includes(token.kind)) this.#refuse(expected);
    this.#position += 1;
    return token;
  }

  /** @throws {ScheduleError} always */
  #refuse(expected: string): never {
    const { kind, start } = this.#next;
    const before = this.#text.slice(0, start).trim().replace(/\s+/g, ' ');
    const place = before === '' ? '' : ` after "${before}"`;
    // The whole word, so that "24:00" is shown and not its first digits.
    const found = kind === 'end' ? 'nothing' : `"${/^\S+/.exec(this.#text.slice(start))?.[0]}"`;
    throw new ScheduleError(`expected ${expected}${place}, got ${found}`);
  }
}
