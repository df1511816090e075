/** Bytes of a handler that are no HTTP/1.1 response. Its message becomes part of the attempt's status. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError';

  constructor(fault: string) {
    super(`Response does not match the HTTP/1.1 protocol (${fault})`);
  }
}
