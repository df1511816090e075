/** A text without the line break that editors and `echo` leave at its end. */
export function withoutLastLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
