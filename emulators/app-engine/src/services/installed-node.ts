import { execFile } from 'node:child_process';

/**
 * Finds the major version of the Node.js that services get by their PATH; undefined where there is none.
 * @param environment the environment that every service starts from
 */
export async function installedNodeMajor(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  execFile('/bin/sh', ['-c', 'node --version'], { env: { ...environment } }, (_error, stdout) => {
    const [, major] = /^v(\d+)\./.exec(String(stdout)) ?? [];
    resolve(major === undefined ? undefined : Number(major));
  });
  return promise;
}
