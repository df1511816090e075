/** A time on a clock. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** A rule for when a cron job runs. Days of the week count from Sunday, 0. */
export type Schedule =
  /** This many minutes after the end of the run before, on the full minute. */
  | {
      readonly kind: 'interval';
      readonly minutes: number;
      /** The only days of the week with runs; undefined: all. */
      readonly weekdays?: readonly number[];
    }
  /** Each day this many minutes apart, beginning at `from`, the last one no later than `to`. */
  | {
      readonly kind: 'window';
      readonly minutes: number;
      readonly from: TimeOfDay;
      /** A time before `from` is on the next day. */
      readonly to: TimeOfDay;
      readonly weekdays?: readonly number[];
    }
  /** At a time of day, on the days of these months (January is 1) that `days` names. */
  | {
      readonly kind: 'time-of-day';
      readonly days: ScheduleDays;
      readonly months: readonly number[];
      readonly time: TimeOfDay;
    };

/** Days of a month, named by their numbers or by weekdays: `ordinals` [1, 3] are the first and third of the month. */
export type ScheduleDays =
  | { readonly monthDays: readonly number[] }
  | { readonly weekdays: readonly number[]; readonly ordinals: readonly number[] };
