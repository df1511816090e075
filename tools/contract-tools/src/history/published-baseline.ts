import type { Catalogue } from '@waybill/contract-kit';
import { type ContractHistory, historyPath } from './contract-history.ts';
import { type HistoryFile, parseHistory } from './history-files.ts';
import {
  commitAtRef,
  GitRefError,
  git,
  historyFilesAtCommit,
  historyFilesAtRef,
} from './history-files-at-ref.ts';

/** The histories that count as published: those that the main branch holds. All other versions are drafts. */
export type PublishedBaseline =
  | {
      readonly kind: 'commit';
      /** The ref, for people: `origin/main`. */
      readonly ref: string;
      /** The files at the commit that this branch was forked from. */
      readonly forked: readonly HistoryFile[];
      /** The files at the ref itself. */
      readonly tip: readonly HistoryFile[];
    }
  /** There is no commit: everything is a draft. */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** There are commits, but it is not known which branch is the main one. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The names of the main branch, in the order in which they are tried. A remote's branch is what others have. */
const MAIN_REFS = [
  'refs/remotes/origin/HEAD',
  'refs/remotes/origin/main',
  'refs/remotes/origin/master',
  'refs/heads/main',
  'refs/heads/master',
  'refs/heads/trunk',
];

/**
 * Finds the histories that the main branch holds.
 * @param against a ref to compare with instead of the main branch
 * @throws {GitRefError} if there is no such commit
 */
export function readPublishedBaseline(rootDir: string, against: string | undefined): PublishedBaseline {
  if (against !== undefined) {
    const files = historyFilesAtRef(rootDir, against);
    return { kind: 'commit', ref: against, forked: files, tip: files };
  }
  const refs = listRefs(rootDir);
  if (refs === undefined) return { kind: 'nothing', reason: 'this folder is no git repository' };
  const main = mainOf(refs);
  const head = commitAtRef(rootDir, 'HEAD');
  if (main === undefined) {
    return head === undefined
      ? { kind: 'nothing', reason: 'this repository has no commit' }
      : { kind: 'unknown', reason: 'no main branch was found in this clone' };
  }
  const ref = main.name.replace(/^refs\/(?:heads|remotes)\//, '');
  const tip = historyFilesAtCommit(rootDir, main.commit);
  const fork =
    head === undefined || head === main.commit ? main.commit : mergeBaseOf(rootDir, main.commit, head);
  const isAtTip = fork === undefined || fork === main.commit;
  return { kind: 'commit', ref, tip, forked: isAtTip ? tip : historyFilesAtCommit(rootDir, fork) };
}

/**
 * The histories of a baseline that this working tree is judged by. A version that the branch does not touch is judged by the
 * commit it was forked from: what was published meanwhile comes with the next merge. Any other is judged by the tip.
 * @param present the working tree's files
 */
export function baselineHistories(
  baseline: Extract<PublishedBaseline, { kind: 'commit' }>,
  present: readonly HistoryFile[],
  catalogue: Catalogue,
): { histories: ContractHistory[]; problems: string[] } {
  const { forked, tip } = baseline;
  const textOf = (files: readonly HistoryFile[], path: string): string | undefined =>
    files.find((file) => file.path === path)?.text;
  const paths = [...new Set([...forked, ...tip].map(({ path }) => path))].sort();
  const chosen = paths.flatMap((path): HistoryFile[] => {
    const [before, now] = [textOf(forked, path), textOf(tip, path)];
    const isTouched = textOf(present, path) !== before || !isLastSchema(before, path, catalogue);
    const text = isTouched ? (now ?? before) : before;
    return text === undefined ? [] : [{ path, text }];
  });
  const { histories, problems } = parseHistory(chosen);
  return { histories, problems: problems.map((problem) => `${baseline.ref}: ${problem}`) };
}

function isLastSchema(text: string | undefined, path: string, catalogue: Catalogue): boolean {
  if (text === undefined) {
    return !catalogue.contracts.some(({ name, version }) => historyPath(name, version) === path);
  }
  const [history] = parseHistory([{ path, text }]).histories;
  if (history === undefined) return false;
  const contract = catalogue.find(history.contract, history.version);
  return contract === undefined || contract.schemaHash === history.published.at(-1)?.schemaHash;
}

interface Ref {
  readonly name: string;
  readonly commit: string;
}

/** The branches of a repository; undefined outside of one. */
function listRefs(rootDir: string): readonly Ref[] | undefined {
  try {
    return git(rootDir, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/remotes'])
      .split('\n')
      .flatMap((line) => {
        const [name = '', commit = ''] = line.split(' ');
        return name === '' ? [] : [{ name, commit }];
      });
  } catch {
    return undefined;
  }
}

function mainOf(refs: readonly Ref[]): Ref | undefined {
  for (const name of MAIN_REFS) {
    const known = refs.find((ref) => ref.name === name);
    if (known !== undefined) return known;
  }
  // The only branch of a repository without a remote is its main one, whatever its name.
  const [only, ...others] = refs;
  return others.length === 0 && only?.name.startsWith('refs/heads/') ? only : undefined;
}

/** The commit at which the branch left the main one; undefined where they share none, as in a shallow clone. */
function mergeBaseOf(rootDir: string, main: string, head: string): string | undefined {
  try {
    return git(rootDir, ['merge-base', main, head]).trim();
  } catch {
    return undefined;
  }
}

/** @throws {GitRefError} if it is not known what is published */
export function assertKnown(
  baseline: PublishedBaseline,
): asserts baseline is Exclude<PublishedBaseline, { kind: 'unknown' }> {
  if (baseline.kind !== 'unknown') return;
  throw new GitRefError(
    `It is not known what is published: ${baseline.reason}. Fetch it (git fetch origin main), or name it: --against <ref>`,
  );
}
