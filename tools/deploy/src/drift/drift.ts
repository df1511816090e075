/** Something that is otherwise in a project than the repository says. */
export interface Drift {
  /** Which thing, what it is, and what it should be. */
  readonly what: string;
  /** What puts it right: a command as it can be typed, or a sentence. */
  readonly mend: string;
}

/** What a comparison came to. */
export interface Comparison {
  readonly drift: readonly Drift[];
  /** Worth knowing, but no difference: an index that is still being built. */
  readonly notes: readonly string[];
}
