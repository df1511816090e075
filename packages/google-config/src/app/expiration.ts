import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** Reads a time such as `4d 5h 30m 15`, whose last part is in seconds, as gcloud takes it. Missing → undefined. */
export function parseExpiration(yaml: YamlFile, value: unknown, path: YamlPath): number | undefined {
  const text = yaml.text(
    value,
    path,
    `"${path.at(-1)}"`,
    /^\s*\d+[dhms]?(\s+\d+[dhms]?)*\s*$/i,
    'a time such as "1d 6h" or "30m"',
  );
  if (text === undefined) return undefined;
  return text
    .trim()
    .split(/\s+/)
    .reduce(
      (sum, part) => sum + Number.parseInt(part, 10) * (SECONDS[part.at(-1)?.toLowerCase() ?? ''] ?? 1),
      0,
    );
}
