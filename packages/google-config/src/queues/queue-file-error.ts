/** Thrown for a queue file that cannot be used; names each problem with its line. Nothing of the file is applied. */
export class QueueFileError extends Error {
  override readonly name = 'QueueFileError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[], options?: ErrorOptions) {
    super(
      `${file} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nMend it, then try again.`,
      options,
    );
    this.problems = problems;
  }
}
