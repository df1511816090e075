/** A response, read to its end or to the limit of its body. */
export interface Http1Response {
  readonly status: number;
  /** The first value of each header, by its name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first 4 KiB. */
  readonly body: string;
}
