/** Thrown for a service, version or share of traffic that can't be had; nothing was changed. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly code = 'DEPLOYMENT_REFUSED';
}
