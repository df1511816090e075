/** Work in parts. At each `yield` other work may run before it goes on. */
export type Steps<T> = Generator<void, T, void>;

/** Does all the work at once. */
export function runToEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** A read that may pause between its parts. */
export class PausableRead<T> {
  readonly steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.steps = steps;
  }
}

/** The result of a read, all at once. */
export function resultNow<T>(read: T | PausableRead<T>): T {
  return read instanceof PausableRead ? runToEnd(read.steps) : read;
}
