import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Thrown for a package.json whose list of secrets cannot be read. */
class DeclaredSecretsError extends Error {
  override readonly name = 'DeclaredSecretsError';
  readonly code = 'DECLARED_SECRETS_INVALID';
}

/** Discards connections: nothing listens on this port. */
const NOWHERE = 'http://127.0.0.1:9/';
/** Longer than the minimum length that services ask of a secret. */
const PLACEHOLDER_LENGTH = 64;

/**
 * The secrets of a service: `waybill.secrets` in the package.json of its folder in apps/. Each is the name of an
 * environment variable, and of the secret in Secret Manager that holds its value.
 * @throws {DeclaredSecretsError} if the list is no list of names
 */
export function declaredSecrets(rootDir: string, folder: string): readonly string[] {
  const file = join(rootDir, 'apps', folder, 'package.json');
  if (!existsSync(file)) return [];
  const { waybill } = JSON.parse(readFileSync(file, 'utf8')) as { waybill?: { secrets?: unknown } };
  const secrets: unknown = waybill?.secrets ?? [];
  const isList = Array.isArray(secrets) && secrets.every((name) => /^[A-Z][A-Z0-9_]*$/.test(String(name)));
  if (isList) return secrets as string[];
  throw new DeclaredSecretsError(`${file}: waybill.secrets must be a list of names such as SMTP_URL`);
}

/** Values of secrets where there is no Secret Manager: an address of nothing for a URL, else `local-NAME-…`. */
export function placeholderSecrets(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      name.endsWith('_URL') ? NOWHERE : `local-${name}-`.padEnd(PLACEHOLDER_LENGTH, '0'),
    ]),
  );
}
