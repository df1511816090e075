/** The project and location of the queues in Cloud Tasks. */
export interface QueueLocation {
  readonly project: string;
  readonly location: string;
}
