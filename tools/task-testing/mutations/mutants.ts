import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guard } from './guards.ts';

/** A source file of the package with one guard changed. */
export interface Mutant {
  readonly guard: Guard;
  readonly kind: 'dropped' | 'inverted';
  readonly source: string;
}

/** A guard's condition in its source file: the offsets where it begins and ends. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * A guard's mutants: it dropped, and inverted.
 * @throws {Error} if its condition does not stand in the source, or not just once
 */
export function mutantsOf(packageDir: string, guard: Guard): Mutant[] {
  const source = readSource(packageDir, guard.file);
  const { start, end } = placeOf(source, guard);
  const replacements = { dropped: guard.dropped ?? 'false', inverted: `!(${guard.condition})` } as const;
  return (['dropped', 'inverted'] as const).map((kind) => ({
    guard,
    kind,
    source: source.slice(0, start) + replacements[kind] + source.slice(end),
  }));
}

/**
 * The source files of the guards, each condition with a probe before it: `globalThis.reachGuard(index)`, where `index`
 * is the guard's place in the list. A probe changes no result.
 */
export function probedSources(packageDir: string, guards: readonly Guard[]): Map<string, string> {
  const files = Map.groupBy(guards.entries(), ([, { file }]) => file);
  return new Map(
    [...files].map(([file, guardsOfFile]) => {
      const source = readSource(packageDir, file);
      const insertions = guardsOfFile.flatMap(([index, guard]) => {
        const { start, end } = placeOf(source, guard);
        return [
          { at: start, text: `(globalThis.reachGuard(${index}), (` },
          { at: end, text: '))' },
        ];
      });
      // From the end of the file, so that the offsets before it stay right.
      const probed = insertions
        .toSorted((a, b) => b.at - a.at)
        .reduce((text, { at, text: inserted }) => text.slice(0, at) + inserted + text.slice(at), source);
      return [file, probed];
    }),
  );
}

function readSource(packageDir: string, file: string): string {
  return readFileSync(join(packageDir, 'src', file), 'utf8');
}

/** The one `if` of that condition; where there is none, the one place where the condition stands. */
function placeOf(source: string, guard: Guard): Place {
  const { file, condition, within } = guard;
  // From the function's own line to the next line that begins with a brace as far out: its end.
  const opening = within === undefined ? undefined : startOf(within).exec(source);
  if (opening === null) throw new Error(`${file} has no function ${within}`);
  const from = opening?.index ?? 0;
  const to = opening === undefined ? source.length : source.indexOf(`\n${opening[1]}}`, from);
  const { start, end } = onlyPlace(source.slice(from, to), file, condition);
  return { start: from + start, end: from + end };
}

/** The beginning of a function, a method, or a function inside another. */
function startOf(name: string): RegExp {
  return new RegExp(`^( *)(?:export function |function |async |const |)${name}(?=[(:])`, 'm');
}

function onlyPlace(source: string, file: string, condition: string): Place {
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
  return { start: match.index, end: match.index + match[0].length };
}
