/** Escapes a member's name for use in a JSON pointer (RFC 6901). */
export function escapePointer(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value at a JSON pointer (RFC 6901) in a document, or undefined where there is none. */
export function valueAt(document: unknown, pointer: string): unknown {
  let here = document;
  for (const part of pointer.split('/').slice(1)) {
    const member = part.replaceAll('~1', '/').replaceAll('~0', '~');
    here = (here as Record<string, unknown> | null | undefined)?.[member];
  }
  return here;
}
