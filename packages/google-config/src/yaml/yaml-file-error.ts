/** A problem in a file and its line, counted from 1. */
export interface LocatedProblem {
  readonly line: number;
  readonly text: string;
}

/** Thrown for configuration files that cannot be used; names every problem of every file. */
export class YamlFileError extends Error {
  override readonly name = 'YamlFileError';
  readonly code = 'CONFIGURATION_INVALID';
  /** One line per problem, each `file:line: text`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}
