import { invalidRequest } from '../stripe-api/stripe-api-error.ts';
import { type FormParams, integerParam, textParam } from './form-params.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** What a list is asked for. */
export interface ListParams {
  readonly limit: number;
  readonly startingAfter: string | undefined;
  readonly endingBefore: string | undefined;
  readonly created: (createdSeconds: number) => boolean;
}

/**
 * Reads `limit`, `starting_after`, `ending_before` and `created` (a number, or `created[gte]` and the like).
 * Source: https://docs.stripe.com/api/pagination
 * @throws {StripeApiError} 400
 */
export function readListParams(params: FormParams): ListParams {
  const startingAfter = textParam(params, 'starting_after');
  const endingBefore = textParam(params, 'ending_before');
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: starting_after, ending_before.');
  }
  return { limit: readLimit(params), startingAfter, endingBefore, created: readCreated(params) };
}

/** What a search is asked for, beside its query. `page` counts from 0. */
export interface SearchParams {
  readonly limit: number;
  readonly page: number;
}

/** Reads `limit` and `page`; a page's name is only good for the query it came from. */
export function readSearchParams(params: FormParams): SearchParams {
  const text = textParam(params, 'page');
  const page = text === undefined ? 0 : Number(/^page_(\d{1,6})$/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(page)) throw invalidRequest(`Invalid page: ${text}`, { param: 'page' });
  return { limit: readLimit(params), page };
}

interface Listed {
  readonly id: string;
  readonly created: number;
}

/** One page of a list, newest first as `objects` are. */
export function listPage<T extends Listed>(
  url: string,
  objects: Iterable<T>,
  params: ListParams,
  matches: (object: T) => boolean,
): { object: 'list'; url: string; has_more: boolean; data: T[] } {
  const { limit, startingAfter, endingBefore, created } = params;
  const found = [...objects].filter((object) => created(object.created) && matches(object));
  const cursor = startingAfter ?? endingBefore;
  const at = cursor === undefined ? -1 : found.findIndex(({ id }) => id === cursor);
  if (cursor !== undefined && at === -1) {
    throw invalidRequest(`No such object: '${cursor}'`, {
      code: 'resource_missing',
      param: 'starting_after',
    });
  }
  if (endingBefore !== undefined) {
    const from = Math.max(0, at - limit);
    return { object: 'list', url, has_more: from > 0, data: found.slice(from, at) };
  }
  const data = found.slice(at + 1, at + 1 + limit);
  return { object: 'list', url, has_more: at + 1 + data.length < found.length, data };
}

/** One page of a search. */
export function searchPage<T extends Listed>(
  url: string,
  objects: Iterable<T>,
  { limit, page }: SearchParams,
  matches: (object: T) => boolean,
): { object: 'search_result'; url: string; has_more: boolean; next_page: string | null; data: T[] } {
  const found = [...objects].filter(matches);
  const more = found.length > (page + 1) * limit;
  return {
    object: 'search_result',
    url,
    has_more: more,
    next_page: more ? `page_${page + 1}` : null,
    data: found.slice(page * limit, (page + 1) * limit),
  };
}

function readLimit(params: FormParams): number {
  const limit = integerParam(params, 'limit') ?? DEFAULT_LIMIT;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalidRequest(`Invalid limit: must be from 1 to ${MAX_LIMIT}, got ${limit}`, { param: 'limit' });
}

function readCreated(params: FormParams): (createdSeconds: number) => boolean {
  const value = params['created'];
  if (value === undefined || typeof value === 'string') {
    const exact = integerParam(params, 'created');
    return (created) => exact === undefined || created === exact;
  }
  const [gt, gte, lt, lte] = ['gt', 'gte', 'lt', 'lte'].map((name) => integerParam(value, name));
  return (created) =>
    (gt === undefined || created > gt) &&
    (gte === undefined || created >= gte) &&
    (lt === undefined || created < lt) &&
    (lte === undefined || created <= lte);
}
