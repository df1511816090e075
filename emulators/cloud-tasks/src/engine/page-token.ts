import { decodeOpaqueToken, encodeOpaqueToken } from '@waybill/emulator-kit';
import { invalidArgument } from './cloud-tasks-error.ts';

/** The service lets a token live for two hours. */
const LIFETIME_MS = 2 * 3_600_000;

/** A page token: names the last item of the page, so that deletions in between skip nothing. */
export function makePageToken(list: string, after: string, nowMs: number): string {
  return encodeOpaqueToken([list, after, nowMs]);
}

/**
 * The item after which the page begins; '' for the first page.
 * @param list what is listed, as it was when the token was made
 * @throws {CloudTasksError} INVALID_ARGUMENT if the token is older than 2 hours or of another list
 */
export function readPageToken(token: string, list: string, nowMs: number): string {
  if (token === '') return '';
  const [madeFor, after, madeAtMs] = decodeOpaqueToken(token);
  if (madeFor === list && typeof after === 'string' && typeof madeAtMs === 'number') {
    if (nowMs - madeAtMs <= LIFETIME_MS) return after;
    throw invalidArgument(
      'The page token has expired: it is valid for 2 hours. List again from the first page.',
    );
  }
  throw invalidArgument('Invalid page_token');
}

/**
 * The number of items on a page: the largest one for 0.
 * @param requestName the message that holds the size, such as `ListTasksRequest`
 * @throws {CloudTasksError} if it is negative
 */
export function pageLimit(pageSize: number, maxSize: number, requestName: string): number {
  if (pageSize < 0) throw invalidArgument(`${requestName}.pageSize cannot be negative.`);
  return pageSize === 0 ? maxSize : Math.min(pageSize, maxSize);
}
