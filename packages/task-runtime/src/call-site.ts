/** A place in an author's code, taken when the code calls the runtime. Its text is made only for an error. */
export class CallSite {
  readonly #stack: { stack?: string } = {};

  /** @param callee the function of the runtime that was called; the place is where */
  constructor(callee: (...args: never[]) => unknown) {
    Error.captureStackTrace(this.#stack, callee);
  }

  /** ` (at tasks/charge-payment.ts:32:10)`; empty where the engine does not tell. */
  toString(): string {
    const [, frame = ''] = this.#stack.stack?.split('\n') ?? [];
    // Folders above the last one belong to the machine, not to the program.
    const place = /([^/\\() ]+[/\\])?[^/\\() ]+:\d+:\d+(?=\)?$)/.exec(frame)?.[0];
    return place === undefined ? '' : ` (at ${place})`;
  }
}
