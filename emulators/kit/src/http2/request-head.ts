import type { HeaderField } from './hpack/header-field.ts';

/** The beginning of a request. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  /** The fields without the pseudo-header fields, in the order of their arrival. */
  readonly fields: readonly HeaderField[];
  /** The length that `content-length` announces. */
  readonly contentLength: number | undefined;
}

const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const PSEUDO_FIELDS = new Set([':method', ':scheme', ':path', ':authority']);
const COLON = 0x3a;

/** Reads a request's fields. @returns undefined if they are malformed (RFC 9113, sections 8.2 and 8.3) */
export function readRequestHead(fields: readonly HeaderField[]): RequestHead | undefined {
  const pseudo = new Map<string, string>();
  let at = 0;
  for (; at < fields.length; at++) {
    const field = fields[at];
    if (field === undefined || !isPseudo(field)) break;
    if (!field.isWellFormed || !PSEUDO_FIELDS.has(field.name) || pseudo.has(field.name)) return undefined;
    pseudo.set(field.name, field.value);
  }
  const rest = fields.slice(at);
  const [method, path] = [pseudo.get(':method'), pseudo.get(':path')];
  if (!method || !path || !pseudo.get(':scheme') || !rest.every(isAllowed)) return undefined;
  const contentLength = readContentLength(rest);
  if (contentLength !== undefined && Number.isNaN(contentLength)) return undefined;
  return { method, path, authority: pseudo.get(':authority') ?? '', fields: rest, contentLength };
}

/** Whether fields may be a request's trailers. */
export function areTrailers(fields: readonly HeaderField[]): boolean {
  return fields.every(isAllowed);
}

/** @returns NaN for one that is no length, or for several */
function readContentLength(fields: readonly HeaderField[]): number | undefined {
  let length: number | undefined;
  for (const { name, value } of fields) {
    if (name !== 'content-length') continue;
    const isLength = /^\d{1,15}$/.test(value) && (length === undefined || length === Number(value));
    length = isLength ? Number(value) : Number.NaN;
  }
  return length;
}

function isPseudo({ name }: HeaderField): boolean {
  return name.charCodeAt(0) === COLON;
}

/** Whether a field may follow the pseudo-header fields. */
function isAllowed(field: HeaderField): boolean {
  const { name, value, isWellFormed } = field;
  if (!isWellFormed || isPseudo(field) || CONNECTION_FIELDS.has(name)) return false;
  return name !== 'te' || value === 'trailers';
}
