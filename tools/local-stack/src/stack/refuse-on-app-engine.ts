/** Thrown where the stack must not run. */
export class StackRefusedError extends Error {
  override readonly name = 'StackRefusedError';
  readonly code = 'NOT_A_LAPTOP';
}

/** Refuses to start on App Engine, where the real services are. @throws {StackRefusedError} if GAE_ENV is set */
export function refuseOnAppEngine(environment: Readonly<Record<string, string | undefined>>): void {
  const { GAE_ENV } = environment;
  if (GAE_ENV === undefined || GAE_ENV === '') return;
  throw new StackRefusedError(
    `GAE_ENV is set (${GAE_ENV}): this is App Engine, where the real services are. The local stack is for a laptop; unset GAE_ENV to start it`,
  );
}
