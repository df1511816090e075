import type { Setting } from '@waybill/service-kit';

/** A service's name as App Engine takes it. */
const SERVICE = /^[a-z][a-z0-9-]*$/;

/**
 * A setting with one value for each of several services, as `billing=…  worker=…`. Spaces separate them, for gcloud takes
 * a comma in `--set-env-vars` for the next variable.
 * @param of.expected the form of a value, for the error
 * @param of.pattern all of a value must match it
 */
export function serviceListSetting(of: {
  expected: string;
  pattern: RegExp;
}): Setting<Readonly<Record<string, string>>> {
  const whole = new RegExp(`^(?:${of.pattern.source})$`);
  return {
    expected: `pairs such as billing=${of.expected}, separated by spaces, with each service once`,
    emptyIsAbsent: false,
    secret: false,
    read(text) {
      const pairs = text
        .trim()
        .split(/\s+/)
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
      const isRight = pairs.every(([service, value]) => SERVICE.test(service) && whole.test(value));
      const isUnique = new Set(pairs.map(([service]) => service)).size === pairs.length;
      return isRight && isUnique ? { value: Object.fromEntries(pairs) } : undefined;
    },
  };
}
