import type { CommandReport, RoleReport } from './command-report.ts';

/** In characters. Longer examples are cut; `--json` prints them whole. */
const MAX_EXAMPLE_LENGTH = 500;

const VERDICTS: Readonly<Record<RoleReport['verdict'], string>> = {
  compatible: 'compatible',
  broken: 'not compatible',
  undecided: 'not decided: no payload was found that is rejected, and no proof that there is none',
};

/** The report as text for a terminal. */
export function describeReport(
  { roles }: CommandReport,
  files: { readonly oldFile: string; readonly newFile: string },
): string {
  return roles.flatMap((report) => linesOf(report, files)).join('\n');
}

function linesOf(
  { role, verdict, violations }: RoleReport,
  { oldFile, newFile }: { readonly oldFile: string; readonly newFile: string },
): readonly string[] {
  const [sent, read] = role === 'reader' ? [oldFile, newFile] : [newFile, oldFile];
  return [
    `${role}: ${VERDICTS[verdict]}`,
    ...violations.flatMap(({ pointer, message, example }) => [
      `  ${read} at ${pointer || '/'}: ${message}`,
      ...(example === undefined ? [] : [`    ${sent} accepts, and it rejects: ${shown(example)}`]),
    ]),
  ];
}

function shown(example: unknown): string {
  const text = JSON.stringify(example);
  if (text.length <= MAX_EXAMPLE_LENGTH) return text;
  return `${text.slice(0, MAX_EXAMPLE_LENGTH)}… (${text.length} characters)`;
}
