/** Thrown when a command line cannot be used. The message has one problem a line, then the hint. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
  readonly code = 'BAD_COMMAND_LINE';
  readonly problems: readonly string[];

  /** @param hint where the flags are explained, such as `See --help.` */
  constructor(problems: readonly string[], hint?: string) {
    super([...problems, ...(hint === undefined ? [] : [hint])].join('\n'));
    this.problems = problems;
  }
}
