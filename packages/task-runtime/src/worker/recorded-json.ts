/**
 * The type of a step's result: the value as its recorded JSON gives it back, in the first attempt as in each later one. A
 * Date is a string, a Map an empty object, a function no member at all. What JSON can't hold, such as a bigint, is `never`.
 */
export type RecordedJson<T> = 0 extends 1 & T
  ? T
  : T extends string | number | boolean | null
    ? T
    : T extends undefined
      ? undefined
      : T extends void
        ? undefined
        : T extends bigint | symbol | AnyFunction
          ? never
          : T extends { toJSON(...args: never[]): infer Written }
            ? RecordedJson<Written>
            : T extends object
              ? RecordedObject<T>
              : T;

type RecordedObject<T extends object> = T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
  ? Record<string, never>
  : T extends readonly unknown[]
    ? { [Index in keyof T]: RecordedElement<T[Index]> }
    : { [Member in keyof T as RecordedName<T, Member>]: RecordedJson<Required<T>[Member]> };

/** Lists keep their length: undefined is null in them. */
type RecordedElement<T> = undefined extends T ? RecordedJson<Exclude<T, undefined>> | null : RecordedJson<T>;

type RecordedName<T, Member extends keyof T> = Member extends symbol
  ? never
  : T[Member] extends AnyFunction
    ? never
    : Member;

type AnyFunction = (...args: never[]) => unknown;
