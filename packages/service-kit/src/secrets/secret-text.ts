/** The text of a secret, without the line break that editors and `echo` leave at its end. @throws {TypeError} if it is not UTF-8 */
export function secretText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
}
