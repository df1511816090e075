import { createHash } from 'node:crypto';
import { invalidRequest } from '../stripe-api/stripe-api-error.ts';

/** A form's value: a text, or what stood in brackets after its name. Lists are objects with the keys 0, 1, … */
export type FormValue = string | FormParams;
export interface FormParams {
  readonly [name: string]: FormValue;
}

const MAX_PAIRS = 500;
const MAX_DEPTH = 5;

/**
 * Reads Stripe's form encoding: `metadata[order]=7&expand[0]=latest_charge`.
 * @throws {StripeApiError} 400 for a name that can't be read
 */
export function parseForm(text: string): FormParams {
  const pairs = [...new URLSearchParams(text)];
  if (pairs.length > MAX_PAIRS) throw invalidRequest(`Too many parameters: at most ${MAX_PAIRS}`);
  const root = emptyParams();
  for (const [index, [name, value]] of pairs.entries()) put(root, pathOf(name, index), value, name);
  return root;
}

/** What two requests have in common if and only if their parameters are the same, in whatever order. */
export function fingerprintOf(method: string, path: string, text: string): string {
  const params = new URLSearchParams(text);
  params.sort();
  return createHash('sha256').update(`${method} ${path}\n${params}`).digest('hex');
}

/** A text parameter; undefined where it is missing or empty, which Stripe takes for "unset". */
export function textParam(params: FormParams, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalidRequest(`Invalid string: ${name}`, { param: name });
  return value;
}

/** A whole number; undefined where it is missing. */
export function integerParam(params: FormParams, name: string): number | undefined {
  const text = textParam(params, name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw invalidRequest(`Invalid integer: ${text}`, { code: 'parameter_invalid_integer', param: name });
  }
  return Number(text);
}

/** A nested group; empty where it is missing. */
export function groupParam(params: FormParams, name: string): FormParams {
  const value = params[name];
  if (value === undefined || value === '') return emptyParams();
  if (typeof value === 'string') throw invalidRequest('Invalid object', { param: name });
  return value;
}

/** A list of texts; empty where it is missing. */
export function listParam(params: FormParams, name: string): string[] {
  return Object.values(groupParam(params, name)).map((value) => {
    if (typeof value !== 'string') throw invalidRequest('Invalid array', { param: name });
    return value;
  });
}

/** Refuses names that are not in the list. */
export function refuseUnknown(params: FormParams, known: readonly string[]): void {
  for (const name of Object.keys(params)) {
    if (known.includes(name)) continue;
    throw invalidRequest(
      `Received unknown parameter: ${name} (the payment sandbox knows ${known.join(', ')})`,
      { code: 'parameter_unknown', param: name },
    );
  }
}

/** `a[b][]` is the path a, b, and the pair's own index. */
function pathOf(name: string, index: number): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match?.[1]) throw invalidRequest(`Invalid parameter name: ${name}`);
  const inBrackets = [...(match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map(([, key]) => key || String(index));
  if (inBrackets.length >= MAX_DEPTH) throw invalidRequest(`Parameter nested too deeply: ${name}`);
  return [match[1], ...inBrackets];
}

type OpenParams = Record<string, string | FormParams>;

function put(root: OpenParams, path: readonly string[], value: string, name: string): void {
  let group = root;
  for (const key of path.slice(0, -1)) {
    const inner = group[key] ?? emptyParams();
    if (typeof inner === 'string') throw invalidRequest(`Invalid parameter: ${name}`);
    group[key] = inner;
    group = inner as OpenParams;
  }
  group[path.at(-1) ?? ''] = value;
}

// Without a prototype, so that a parameter called `constructor` is a parameter.
function emptyParams(): OpenParams {
  return Object.create(null) as OpenParams;
}
