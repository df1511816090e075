/** The collection of the tasks' records. */
export const TASKS = 'tasks';
/** The collection of the marks of commits that made no task. */
export const TASK_COMMITS = 'taskCommits';
/** The top-level collections that the ledger alone writes. */
export const LEDGER_COLLECTIONS: ReadonlySet<string> = new Set([TASKS, TASK_COMMITS]);
