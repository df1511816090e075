import {
  type DispatchRule,
  type Policy,
  readCronYaml,
  readDispatchYaml,
  YamlFileError,
} from '@waybill/google-config';
import { readServiceYaml } from './services/read-service-yaml.ts';

/**
 * Reads every file before anything is started.
 * @throws {YamlFileError} naming all problems of all files at once
 */
export function readConfigurationFiles<Spec extends { appYaml: string }>(options: {
  services: readonly Spec[];
  cronYaml?: string;
  dispatchYaml?: string;
}) {
  const problems: string[] = [];
  const read = <Result>(parse: () => Result): Result | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof YamlFileError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const services = options.services.flatMap((spec) => {
    const appYaml = read(() => readServiceYaml(spec.appYaml));
    return appYaml ? [{ spec, appYaml }] : [];
  });
  const { cronYaml, dispatchYaml } = options;
  const cronJobs = cronYaml === undefined ? [] : read(() => readCronYaml(cronYaml));
  // Only where all services are known can one be missing.
  const names = problems.length > 0 ? undefined : services.map(({ appYaml }) => appYaml.service);
  const dispatchRules =
    dispatchYaml === undefined ? [] : read(() => readDispatchYaml(dispatchYaml, refuseMissingService(names)));
  if (problems.length > 0) throw new YamlFileError(problems);
  return { services, cronJobs: cronJobs ?? [], dispatchRules: dispatchRules ?? [] };
}

/** A rule to a service that is not there: App Engine refuses the whole file. */
function refuseMissingService(names: readonly string[] | undefined): Policy<DispatchRule> {
  return ({ service }, yaml, path) => {
    if (names === undefined || names.includes(service)) return;
    const known = [...new Set(names)].sort().join(', ');
    yaml.problem([...path, 'service'], `there is no service "${service}" (services: ${known})`);
  };
}
