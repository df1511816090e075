/** Visible ASCII and the bytes above it; no `#`, and no byte that `url.parse()` takes for a space. */
const TARGET_CHARACTERS = /^[!"$-~\x80-\x9f\xa1-\xff]+$/;

/**
 * The path and query of a request target that is a path or a URL (RFC 9112, section 3.2); undefined for any other. Koa
 * throws for some of these, outside its own error handling.
 */
export function originFormOf(target: string | undefined): string | undefined {
  if (target === undefined || !TARGET_CHARACTERS.test(target)) return undefined;
  if (target.startsWith('/')) return target;
  const url = /^https?:\/\//i.test(target) ? URL.parse(target) : null;
  return url === null ? undefined : url.pathname + url.search;
}
