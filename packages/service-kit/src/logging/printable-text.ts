const MAX_LENGTH = 300;
/** Characters that a terminal or a reader of logs obeys rather than shows: controls, directions, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of unknown origin as a log line may carry it: at most 300 characters, unprintable ones as `\u{1b}`. */
export function printableText(text: string, maxLength: number = MAX_LENGTH): string {
  const characters = Array.from(text.slice(0, 2 * maxLength))
    .slice(0, maxLength)
    .join('');
  const escaped = characters.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return characters.length < text.length ? `${escaped}… (cut)` : escaped;
}
