import { isMap, parseDocument } from 'yaml';
import { DeploymentError } from '../deployment-error.ts';

/**
 * Gives the text of an app.yaml another entry point and further variables; comments and order stay.
 * @throws {DeploymentError} if the text is no mapping, or no YAML
 */
export function changeAppYaml(
  file: string,
  text: string,
  changes: { entrypoint?: string; envVariables?: Readonly<Record<string, string>> },
): string {
  const document = parsedDocument(file, text);
  if (changes.entrypoint !== undefined) document.set('entrypoint', changes.entrypoint);
  const variables = Object.entries(changes.envVariables ?? {});
  // setIn() alone would create an ordered map, which is a list.
  if (variables.length > 0 && !isMap(document.get('env_variables'))) {
    document.set('env_variables', document.createNode({}));
  }
  for (const [name, value] of variables) {
    document.setIn(['env_variables', name], document.createNode(value, { flow: false }));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function parsedDocument(file: string, text: string) {
  // gcloud reads YAML 1.1: a value such as `yes` or `12:30` must be quoted, or it becomes a boolean or a number.
  const document = parseDocument(text, { version: '1.1' });
  const [error] = document.errors;
  if (error !== undefined) throw new DeploymentError(`${file}: ${error.message}`);
  if (!isMap(document.contents)) throw new DeploymentError(`${file}: must be a mapping, like an app.yaml`);
  return document;
}
