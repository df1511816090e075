import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfService } from '@waybill/google-config';
import { DeploymentError } from '../deployment-error.ts';

/**
 * The environment variables that a service gets from Secret Manager, where secrets of the same names hold their values:
 * `waybill.secrets` in its package.json. App Engine itself can't read them from there.
 * @throws {DeploymentError} if the list is no list of names
 */
export function secretsOfService(rootDir: string, service: string): readonly string[] {
  const file = join(rootDir, 'apps', folderOfService(service), 'package.json');
  if (!existsSync(file)) return [];
  const { waybill } = JSON.parse(readFileSync(file, 'utf8')) as { waybill?: { secrets?: unknown } };
  const secrets: unknown = waybill?.secrets ?? [];
  const isList = Array.isArray(secrets) && secrets.every((name) => /^[A-Z][A-Z0-9_]*$/.test(String(name)));
  if (isList) return secrets as string[];
  throw new DeploymentError(`${file}: waybill.secrets must be a list of names such as SMTP_URL`);
}
