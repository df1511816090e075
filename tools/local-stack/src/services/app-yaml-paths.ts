import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Thrown when staged services are asked for and one is not staged. */
export class NotStagedError extends Error {
  override readonly name = 'NotStagedError';
  readonly code = 'NOT_STAGED';
}

/**
 * Finds the app.yaml of each service: of its sources, or of its staged folder, which is deployed.
 * @param stagesDir holds the staged folders by the same names; undefined runs the sources
 * @throws {NotStagedError} naming every service that is not staged
 */
export function appYamlPaths(
  folders: readonly string[],
  { rootDir, stagesDir }: { rootDir: string; stagesDir: string | undefined },
): Record<string, string> {
  const paths = folders.map(
    (folder) => [folder, join(stagesDir ?? join(rootDir, 'apps'), folder, 'app.yaml')] as const,
  );
  const missing = paths.filter(([, path]) => !existsSync(path)).map(([folder]) => folder);
  if (stagesDir !== undefined && missing.length > 0) {
    throw new NotStagedError(`${missing.join(', ')} not staged in ${stagesDir}: run npm run stage first`);
  }
  return Object.fromEntries(paths);
}
