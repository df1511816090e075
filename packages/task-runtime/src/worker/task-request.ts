import type { IncomingMessage } from 'node:http';
import type { Logger } from '@waybill/service-kit';

/** A request for tasks or for the sweep, whichever framework it came through. */
export interface TaskRequest {
  readonly method: string;
  /** The path without a mount's prefix and without the query: `/tasks/charge-payment/v1`. */
  readonly path: string;
  /** Node's own request: its headers, and its body where `rawBody` does not hold it. */
  readonly incoming: IncomingMessage;
  /** The body's bytes as a body parser kept them; undefined where none has read it. */
  readonly rawBody?: unknown;
  readonly logger: Logger;
}
