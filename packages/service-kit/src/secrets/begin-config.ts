import { readFileSync } from 'node:fs';
import { ConfigError, loadConfig, unreadSecretProblem } from '../config.ts';
import { type ProcessConfig, processSettings } from '../process/process-settings.ts';
import type { SecretResult } from './read-secret-versions.ts';
import { isSecretReference, parseSecretReference, REFERENCE_FORMS } from './secret-reference.ts';
import { secretText } from './secret-text.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Secret Manager limits a version to this. */
const MAX_SECRET_BYTES = 65_536;

/** Settings of which some may still be read from Secret Manager. */
export type BegunConfig<C> = ProcessConfig & {
  /**
   * Resolves to all settings; the first call begins to read. Rejects with {@link ConfigError} if one is wrong, with
   * {@link SecretsUnavailableError} if Secret Manager is away.
   */
  readonly complete: () => Promise<C>;
};

/** Thrown when Secret Manager does not respond. The service must not start; a later start may succeed. */
export class SecretsUnavailableError extends Error {
  override readonly name = 'SecretsUnavailableError';
  readonly code = 'SECRETS_UNAVAILABLE';
  readonly retryable = true;
}

/**
 * Reads a service's settings, and where a variable refers to a secret, prepares to read that:
 * `STRIPE_API_KEY=secret://projects/demo/secrets/STRIPE_API_KEY/versions/latest` by Secret Manager's client,
 * `STRIPE_API_KEY=secret-file:///home/ada/stripe-key` from a file. Without references to Secret Manager its client is not
 * loaded.
 * @param service the service's name outside App Engine
 * @param load reads all settings from an environment that holds the values of secrets
 * @throws {ConfigError} naming every wrong setting and reference at once, except those that only a secret's value shows
 */
export function beginConfig<C extends ProcessConfig>(
  service: string,
  env: Environment,
  load: (env: Environment) => C,
): BegunConfig<C> {
  const { values, versions, problems } = readReferences(env);
  const known = { ...env, ...values };
  try {
    const config = loadHiding(Object.keys(values), () => load(known));
    if (problems.length > 0) throw new ConfigError(problems);
    if (versions.size === 0) return { ...config, complete: async () => config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const others = error.problems.filter(
      (problem) => !error.unreadSecrets.map(unreadSecretProblem).includes(problem),
    );
    const all = [...new Set([...problems, ...others])];
    if (all.length > 0) throw new ConfigError(all);
  }
  const processConfig = loadConfig(processSettings(service), known);
  let reading: Promise<C> | undefined;
  return {
    ...processConfig,
    complete() {
      reading ??= readVersions(versions, processConfig).then((secrets) =>
        loadHiding(Object.keys({ ...values, ...secrets }), () => load({ ...known, ...secrets })),
      );
      return reading;
    },
  };
}

/** Loads settings; an error does not show the values of these variables, whatever their kinds are. */
function loadHiding<C>(names: readonly string[], load: () => C): C {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { unreadSecrets, problems } = error;
    const hidden = problems.map((problem) => {
      const isOfSecret = names.some((name) => problem.startsWith(`${name} `));
      return isOfSecret ? problem.replace(/, got .*$/s, ', got text that is not shown') : problem;
    });
    throw new ConfigError(hidden, { unreadSecrets });
  }
}

/** The values of the files that variables refer to, the versions that others do, and what is wrong. */
function readReferences(env: Environment) {
  const values: Record<string, string> = {};
  const versions = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !isSecretReference(text)) continue;
    const reference = parseSecretReference(text);
    // A wrong reference may be a secret with a prefix.
    if (reference === undefined)
      problems.push(`${name} must refer to a secret as ${REFERENCE_FORMS} (got text that is not shown)`);
    else if (reference.kind === 'secret-manager') versions.set(name, reference.version);
    else {
      const read = readSecretFile(reference.path);
      if ('value' in read) values[name] = read.value;
      else problems.push(`${name} refers to ${reference.path}, which ${read.problem}`);
    }
  }
  return { values, versions, problems };
}

function readSecretFile(path: string): { value: string } | { problem: string } {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_SECRET_BYTES) return { problem: `is larger than ${MAX_SECRET_BYTES} bytes` };
    return { value: secretText(bytes) };
  } catch (error) {
    return { problem: `can not be read (${(error as { code?: string }).code ?? 'it is not UTF-8'})` };
  }
}

/** The values of versions, by the names of their variables. */
async function readVersions(
  versions: ReadonlyMap<string, string>,
  config: ProcessConfig,
): Promise<Record<string, string>> {
  const { readSecretVersions } = await import('./read-secret-versions.ts');
  const results = await readSecretVersions([...new Set(versions.values())], {
    emulatorHost: config.SECRET_MANAGER_EMULATOR_HOST,
    timeoutMs: config.SECRETS_TIMEOUT_MS,
  });
  const values: Record<string, string> = {};
  const failures: Exclude<SecretResult, { value: string }>[] = [];
  for (const [name, version] of versions) {
    const result = results.get(version);
    if (result === undefined) continue;
    if ('value' in result) values[name] = result.value;
    else failures.push({ ...result, problem: `${name} refers to ${result.problem}` });
  }
  if (failures.length === 0) return values;
  const problems = failures.map(({ problem }) => problem);
  const cause = new AggregateError(failures.map((failure) => failure.cause));
  if (failures.some(({ isAway }) => !isAway)) throw new ConfigError(problems, { cause });
  throw new SecretsUnavailableError(`Secrets could not be read: ${problems.join('; ')}`, { cause });
}
