/** The members of google.protobuf.Timestamp and Duration. */
export interface SecondsAndNanos {
  seconds?: unknown;
  nanos?: number | null | undefined;
}
