import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppYaml } from '@waybill/google-config';

/**
 * The page that the app.yaml gives for a request which the service did not answer: that of `timeout` where the deadline
 * passed, that of `default` for other errors of the server. undefined: there is none. It is read anew each time.
 */
export function errorPage(
  { file, errorHandlers }: AppYaml,
  status: number,
): { mimeType: string; content: Buffer } | undefined {
  if (status < 500) return undefined;
  const of = (code: string) => errorHandlers.find(({ errorCode }) => errorCode === code);
  const handler = (status === 504 ? of('timeout') : undefined) ?? of('default');
  if (handler === undefined) return undefined;
  return { mimeType: handler.mimeType, content: readFileSync(join(dirname(file), handler.file)) };
}
