/**
 * Control characters, and characters that reorder or hide text: a terminal obeys them. Data from outside could rewrite
 * lines, set the title or the clipboard, or look like another text.
 */
const CONTROL = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const MAX_BYTE = 0xff;

/** Escapes control characters of a text for a terminal: `\x1b[31m`. Line feeds and tabs stay. */
export function escapeControlCharacters(text: string): string {
  return text.replace(CONTROL, (character) =>
    character === '\n' || character === '\t' ? character : escapeOf(character),
  );
}

/** Escapes control characters of one line, its line feeds too: data must not begin a line of its own. */
export function escapeLine(line: string): string {
  return escapeControlCharacters(line).replaceAll('\n', '\\n');
}

/** The part of a stream that a {@link terminalWriter} needs. */
interface Output {
  write(text: string): unknown;
}

/** Makes a function that writes to a terminal's stream, control characters escaped. */
export function terminalWriter(output: Output): (text: string) => void {
  return (text) => void output.write(escapeControlCharacters(text));
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= MAX_BYTE ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
