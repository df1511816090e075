/**
 * A text with A to Z in lower case, and everything else as it was. Compare identities and host names by it:
 * `toLowerCase` turns other characters into ASCII letters, as the Kelvin sign U+212A into `k`.
 */
export function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x20));
}
