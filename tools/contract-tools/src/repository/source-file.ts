/** A file to be written. The path is relative to the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}
