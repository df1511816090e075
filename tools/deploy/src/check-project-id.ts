/** Checks the value of `--project`; adds to `problems` if it is no project's id. */
export function checkProjectId(project: string, problems: string[]): void {
  if (/^[A-Za-z0-9:.-]+$/.test(project)) return;
  problems.push(`--project must be a project's id, got ${project === '' ? 'nothing' : `"${project}"`}`);
}
