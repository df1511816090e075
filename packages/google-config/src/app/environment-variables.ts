import type { YamlFile } from '../yaml/yaml-file.ts';

/**
 * Reads the environment variables under `key`, with the values that a deployed service sees. A variable without a value is
 * a problem; gcloud would set it to the text `None`.
 */
export function parseEnvironmentVariables(
  yaml: YamlFile,
  value: unknown,
  key: string,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, raw] of Object.entries(yaml.mapping(value, [key], key) ?? {})) {
    const text = asPythonText(raw, yaml.sourceOf([key, name]));
    if (text === undefined) {
      yaml.problem([key, name], `the environment variable ${name} must be text, a number or a boolean`);
    } else if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      yaml.problem(
        [key, name],
        `"${name}" is no name for an environment variable: letters, digits and _ only`,
      );
    } else {
      result[name] = text;
    }
  }
  return result;
}

/** A value as gcloud writes it, which is Python's way: True for `yes`, 1000.0 for `1e3`. */
function asPythonText(value: unknown, source: string | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Date) return source;
  if (typeof value !== 'number') return undefined;
  const isFloat = /[.e]/i.test(source ?? '') && !/^[-+]?0x/i.test(source ?? '');
  return isFloat && Number.isInteger(value) ? value.toFixed(1) : String(value);
}
