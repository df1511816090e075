/**
 * Thrown when something can't be staged, rehearsed or deployed. The message says what, which one, what was expected and
 * what to do; commands print it without a stack.
 */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly code = 'DEPLOYMENT_FAILED';
}
