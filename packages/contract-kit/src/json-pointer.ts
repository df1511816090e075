/** Escapes a member's name for use in a JSON pointer (RFC 6901). */
export function escapePointer(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value at a JSON pointer (RFC 6901) in a document, or undefined where there is none. Inherited members are no values. */
export function valueAt(document: unknown, pointer: string): unknown {
  let here = document;
  for (const part of pointer.split('/').slice(1)) {
    const member = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, member)) return undefined;
    here = (here as Record<string, unknown>)[member];
  }
  return here;
}

/**
 * The JSON pointer that a URI fragment holds: each part is percent-decoded by itself, because a decoded `/` is no separator.
 * @param fragment without its `#`
 * @returns undefined for a fragment whose percent-encoding is invalid
 */
export function pointerOfFragment(fragment: string): string | undefined {
  try {
    return fragment
      .split('/')
      .map((part, index) => (index === 0 ? part : decodedPart(part)))
      .join('/');
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** A decoded slash belongs to the member's name, as one that is written `~1`. */
function decodedPart(part: string): string {
  return decodeURIComponent(part).replaceAll('/', '~1');
}

/** The URI fragment, without its `#`, that holds a JSON pointer. */
export function fragmentOf(pointer: string): string {
  // A fragment may hold a dollar sign as it is, and "#/$defs" is what people read.
  return pointer.split('/').map(encodeURIComponent).join('/').replaceAll('%24', '$');
}
