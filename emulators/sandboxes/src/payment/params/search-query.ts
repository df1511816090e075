import type Stripe from 'stripe';
import { invalidRequest } from '../stripe-api/stripe-api-error.ts';

type Predicate = (intent: Stripe.PaymentIntent) => boolean;

const CLAUSE =
  /(?<not>-)?(?:metadata\[(?:'(?<key1>[^']*)'|"(?<key2>[^"]*)")\]|(?<field>[a-z_]+))\s*(?<operator>:|>=|<=|>|<)\s*(?:'(?<text1>(?:[^'\\]|\\.)*)'|"(?<text2>(?:[^"\\]|\\.)*)"|(?<number>\d+)|(?<null>null))/y;
const SEPARATOR = /\s+(?:(?<word>AND|OR)\s+)?/y;
const MAX_CLAUSES = 10;

/**
 * Reads a search over payment intents: `metadata['order']:'7' AND status:'succeeded'`. The fields are metadata,
 * status, currency, customer, amount and created; AND (or a space) and OR can't be mixed; `-` negates.
 * Not modelled: `~` (parts of texts).
 * Source: https://docs.stripe.com/search#search-query-language
 * @throws {StripeApiError} 400 for a query that can't be read
 */
export function parseSearch(query: string): Predicate {
  const clauses: Predicate[] = [];
  const words = new Set<string>();
  let at = 0;
  for (;;) {
    CLAUSE.lastIndex = at;
    const groups = CLAUSE.exec(query)?.groups;
    if (!groups || clauses.length === MAX_CLAUSES) throw unreadable(query);
    clauses.push(predicateOf(groups, query));
    at = CLAUSE.lastIndex;
    if (at === query.length) break;
    SEPARATOR.lastIndex = at;
    const separator = SEPARATOR.exec(query);
    if (!separator) throw unreadable(query);
    words.add(separator.groups?.['word'] ?? 'AND');
    at = SEPARATOR.lastIndex;
  }
  if (words.size > 1)
    throw invalidRequest('You cannot mix AND and OR in one search query.', { param: 'query' });
  return words.has('OR')
    ? (intent) => clauses.some((clause) => clause(intent))
    : (intent) => clauses.every((clause) => clause(intent));
}

function predicateOf(groups: Record<string, string | undefined>, query: string): Predicate {
  const { not, field, operator = ':', number } = groups;
  const key = groups['key1'] ?? groups['key2'];
  const text = (groups['text1'] ?? groups['text2'] ?? number)?.replace(/\\(.)/g, '$1');
  const positive = key !== undefined ? metadataIs(key, text) : fieldIs(field ?? '', text, query);
  const compared = operator === ':' ? positive : fieldCompares(field ?? '', operator, number, query);
  return not ? (intent) => !compared(intent) : compared;
}

function metadataIs(key: string, text: string | undefined): Predicate {
  // `:null` asks whether the key is missing.
  return ({ metadata }) => (Object.hasOwn(metadata, key) ? metadata[key] === text : text === undefined);
}

function fieldIs(field: string, text: string | undefined, query: string): Predicate {
  switch (field) {
    case 'status':
    case 'currency':
    case 'customer':
      return (intent) => intent[field] === (text ?? null);
    case 'amount':
    case 'created':
      return (intent) => text !== undefined && intent[field] === Number(text);
    default:
      throw unreadable(query);
  }
}

function fieldCompares(
  field: string,
  operator: string,
  number: string | undefined,
  query: string,
): Predicate {
  if ((field !== 'amount' && field !== 'created') || number === undefined) throw unreadable(query);
  const limit = Number(number);
  switch (operator) {
    case '>':
      return (intent) => intent[field] > limit;
    case '>=':
      return (intent) => intent[field] >= limit;
    case '<':
      return (intent) => intent[field] < limit;
    default:
      return (intent) => intent[field] <= limit;
  }
}

function unreadable(query: string): Error {
  return invalidRequest(
    `We were unable to parse your search query (${query}). Try using the format metadata["key"]:"value" to query for metadata or key:"value" to query for other fields.`,
    { param: 'query' },
  );
}
