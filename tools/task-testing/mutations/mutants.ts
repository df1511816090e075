import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guard } from './guards.ts';

/** A source file of the package with one guard changed. */
export interface Mutant {
  readonly guard: Guard;
  readonly kind: 'dropped' | 'inverted';
  readonly source: string;
}

/**
 * A guard's mutants: it dropped, and inverted.
 * @throws {Error} if its condition does not stand in the source, or not just once
 */
export function mutantsOf(packageDir: string, guard: Guard): Mutant[] {
  const source = readFileSync(join(packageDir, 'src', guard.file), 'utf8');
  const replacements = { dropped: guard.dropped ?? 'false', inverted: `!(${guard.condition})` } as const;
  return (['dropped', 'inverted'] as const).map((kind) => ({
    guard,
    kind,
    source: replaceOnce(source, guard, replacements[kind]),
  }));
}

/** Replaces the one `if` of that condition; where there is none, the one place where the condition stands. */
function replaceOnce(source: string, guard: Guard, replacement: string): string {
  const { file, condition, within } = guard;
  // From the function's own line to the next line that begins with a brace as far out: its end.
  const start = within === undefined ? undefined : startOf(within).exec(source);
  if (start === null) throw new Error(`${file} has no function ${within}`);
  const from = start?.index ?? 0;
  const to = start === undefined ? source.length : source.indexOf(`\n${start[1]}}`, from);
  const mutated = replaceOnceIn(source.slice(from, to), file, condition, replacement);
  return source.slice(0, from) + mutated + source.slice(to);
}

/** The beginning of a function, a method, or a function inside another. */
function startOf(name: string): RegExp {
  return new RegExp(`^( *)(?:export function|function|async|const) ${name}(?=[(:])`, 'm');
}

function replaceOnceIn(source: string, file: string, condition: string, replacement: string): string {
  // The formatter may have broken it over several lines.
  const text = condition.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  const asIf = [...source.matchAll(new RegExp(`(?<=if \\(\\s*)${text}(?=\\s*\\))`, 'g'))];
  const found = asIf.length > 0 ? asIf : [...source.matchAll(new RegExp(text, 'g'))];
  const [match] = found;
  if (match === undefined || found.length > 1) {
    throw new Error(
      `${file}: the condition \`${condition}\` must stand there once, and does ${found.length} times`,
    );
  }
  return source.slice(0, match.index) + replacement + source.slice(match.index + match[0].length);
}
