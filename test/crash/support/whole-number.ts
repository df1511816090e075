/** The value of a command line's flag. @throws {Error} if it is not a whole number from 0 on, of at most nine digits */
export function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${flag} must be a whole number, got "${text}"`);
}
