// The version of the API that is used; the package's main file loads the beta version too.
import { SecretManagerServiceClient } from '@google-cloud/secret-manager/build/src/v1/index.js';
import { insecureEndpoint } from '../insecure-endpoint.ts';
import { withTimeout } from '../process/with-timeout.ts';
import { secretText } from './secret-text.ts';

/** A secret that was read, or the reason why not. */
export type SecretResult =
  | { readonly value: string }
  /** `isAway`: a later try may succeed. */
  | { readonly problem: string; readonly isAway: boolean; readonly cause: unknown };

/** Settings of {@link readSecretVersions}. */
export interface ReadSecretVersionsOptions {
  /** `host:port` of a stand-in on this machine, without encryption and credentials. Default: Secret Manager. */
  readonly emulatorHost?: string | undefined;
  /** Maximum time for all of it, retries included. */
  readonly timeoutMs: number;
}

/** gRPC's codes of an outage. INTERNAL and UNKNOWN end a call whose connection breaks. */
const RETRYABLE_CODES = [2, 4, 8, 13, 14];
const REMEDIES: Readonly<Record<number, string>> = {
  3: 'the name is not accepted (INVALID_ARGUMENT)',
  5: 'there is no such version (NOT_FOUND): give the secret a value',
  7: 'the account of this service may not read it (PERMISSION_DENIED): give it roles/secretmanager.secretAccessor',
  9: 'the version is disabled or destroyed (FAILED_PRECONDITION): name another one, or enable it',
  16: 'this process has no credentials (UNAUTHENTICATED)',
};
/** Maximum time of one try, as a share of all: so several fit in. */
const ATTEMPT_SHARE = 0.25;

/**
 * Reads versions from Secret Manager by its official client. An outage is retried with backoff until the time is up. Import
 * this file at the first use: the client is much of a start.
 * @returns a result for each version, by its name. Never rejects for one that cannot be read
 */
export async function readSecretVersions(
  versions: readonly string[],
  options: ReadSecretVersionsOptions,
): Promise<ReadonlyMap<string, SecretResult>> {
  const { timeoutMs, emulatorHost } = options;
  const client = new SecretManagerServiceClient(
    emulatorHost === undefined ? {} : insecureEndpoint(emulatorHost),
  );
  const attemptMs = timeoutMs * ATTEMPT_SHARE;
  const callOptions = {
    timeout: timeoutMs,
    retry: {
      retryCodes: RETRYABLE_CODES,
      backoffSettings: {
        initialRetryDelayMillis: 100,
        retryDelayMultiplier: 2,
        maxRetryDelayMillis: 2_000,
        initialRpcTimeoutMillis: attemptMs,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: attemptMs,
        totalTimeoutMillis: timeoutMs,
      },
    },
  };
  const readOne = async (name: string): Promise<SecretResult> => {
    try {
      // The client waits for credentials beside its own timeouts.
      const reading = client.accessSecretVersion({ name }, callOptions);
      const [{ payload }] = await withTimeout(reading, timeoutMs, () => {
        throw new Error(`No response within ${timeoutMs} ms`);
      });
      return { value: textOf(payload?.data) };
    } catch (cause) {
      const code = (cause as { code?: unknown }).code;
      const remedy = typeof code === 'number' ? REMEDIES[code] : undefined;
      return cause instanceof TypeError
        ? { problem: `${name} is not UTF-8`, isAway: false, cause }
        : {
            problem: `${name}: ${remedy ?? `Secret Manager did not respond within ${timeoutMs} ms; start again once it does`}`,
            isAway: remedy === undefined,
            cause,
          };
    }
  };
  try {
    return new Map(await Promise.all(versions.map(async (name) => [name, await readOne(name)] as const)));
  } finally {
    // Its end is of no interest, and may wait for a connection that never comes.
    void client.close().catch(() => {});
  }
}

/** The text of a secret, without the line break that editors and `echo` leave at its end. @throws {TypeError} if it is none */
function textOf(data: Uint8Array | string | null | undefined): string {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : (data ?? new Uint8Array());
  return secretText(bytes);
}
