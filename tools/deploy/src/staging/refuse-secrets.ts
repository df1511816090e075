import { parseDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { DeploymentError } from '../deployment-error.ts';
import type { StagedFile } from './bundle-service.ts';

/** Patterns of secrets, by the kind that is named in the error. */
const SECRETS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{32}/],
  ["a payment provider's key", /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}/],
  ['an OAuth token', /\bya29\.[0-9A-Za-z_-]{20,}/],
  ['a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36}/],
];
const SECRET_NAME = /SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|(^|_)KEY($|_)/i;
/** Keys that are meant to be seen, such as Stripe's publishable ones. */
const PUBLIC_NAME = /PUBLISHABLE|PUBLIC/i;
const REFERENCE = /^secret:\/\/projects\/[^/\s]+\/secrets\/[\w-]+\/versions\/[\w-]+$/;
const URL_WITH_PASSWORD = /\/\/[^/\s:@]+:[^/\s:@]+@/;

/**
 * Looks through a stage for secrets: keys by their look, and environment variables that by their name or value hold one.
 * @throws {DeploymentError} naming the file and the kind, never the value
 */
export function refuseSecrets(files: readonly StagedFile[]): void {
  const problems: string[] = [];
  for (const { path, contents: raw } of files) {
    const contents = typeof raw === 'string' ? raw : Buffer.from(raw).toString('latin1');
    for (const [kind, pattern] of SECRETS) {
      if (pattern.test(contents)) problems.push(`${path} holds ${kind}`);
    }
    if (!path.endsWith('.yaml')) continue;
    for (const [name, value] of Object.entries(parseDeployableAppYaml(path, contents).envVariables)) {
      if (holdsSecret(name, value)) {
        problems.push(`${path} sets ${name}, which is a secret`);
      }
    }
  }
  if (problems.length === 0) return;
  throw new DeploymentError(
    `Secrets must not be staged: ${problems.join('; ')}. Take them out; deploy adds references to Secret Manager (docs/deploy.md)`,
  );
}

function holdsSecret(name: string, value: string): boolean {
  // A reference holds no secret, and a wrong one is refused when the service starts.
  if (REFERENCE.test(value)) return false;
  return (SECRET_NAME.test(name) && !PUBLIC_NAME.test(name)) || URL_WITH_PASSWORD.test(value);
}
