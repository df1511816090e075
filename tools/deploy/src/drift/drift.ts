/** One way in which a project differs from the repository. */
export interface Drift {
  /** The thing, its state in the project, and its state in the repository. */
  readonly difference: string;
  /** A command as it can be typed, or a sentence. */
  readonly remedy: string;
}

/** The outcome of a comparison. */
export interface Comparison {
  readonly drift: readonly Drift[];
  /** States that are no difference, such as an index that is still being built. */
  readonly notes: readonly string[];
}
