import { relative } from 'node:path';

/**
 * The lines that deploy a staged app: the usual one, which tries the stage first, and gcloud's own, which only uploads it.
 * @param folder of the app, below `apps/`
 */
export function deployLines(rootDir: string, folder: string, stageDir: string): readonly string[] {
  const stage = relative(rootDir, stageDir);
  return [
    `  to deploy it: npm run deploy -w apps/${folder} -- --project PROJECT`,
    `  with gcloud alone: gcloud app deploy ${stage}/app.yaml --project=PROJECT --no-promote`,
  ];
}
