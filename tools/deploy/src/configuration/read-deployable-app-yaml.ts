import { type AppYaml, type Policy, parseAppYaml, readAppYaml } from '@waybill/google-config';
import { asDeploymentError } from './as-deployment-error.ts';

/** Reads an app.yaml that is staged, rehearsed or deployed. @throws {DeploymentError} naming every problem */
export function readDeployableAppYaml(file: string): AppYaml {
  return asDeploymentError(() => readAppYaml(file, requireExplicitTexts));
}

/** Reads the text of such an app.yaml. @throws {DeploymentError} naming every problem */
export function parseDeployableAppYaml(file: string, text: string): AppYaml {
  return asDeploymentError(() => parseAppYaml(file, text, requireExplicitTexts));
}

const requireExplicitTexts: Policy<AppYaml> = ({ envVariables }, yaml) => {
  if (typeof yaml.valueAt(['service']) === 'number') yaml.problem(['service'], '"service" must be text');
  // Without one App Engine runs `npm start`, and npm does not pass SIGTERM on in time.
  if ((yaml.valueAt(['entrypoint']) ?? undefined) === undefined) {
    yaml.problem([], '"entrypoint" is missing');
  }
  if (yaml.valueAt(['includes']) !== undefined) {
    yaml.problem(['includes'], '"includes" is not staged: write their settings into this file');
    return;
  }
  for (const name of Object.keys(envVariables)) {
    const path = ['env_variables', name];
    // gcloud writes other kinds as Python does: `true` becomes True, `1e3` becomes 1000.0.
    if (typeof yaml.valueAt(path) !== 'string') {
      yaml.problem(path, `the environment variable ${name} must be text: put it in quotes`);
    }
  }
};
