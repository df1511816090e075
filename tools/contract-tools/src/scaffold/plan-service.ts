import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAppYaml } from '@waybill/google-config';
import type { SourceFile } from '../repository/source-file.ts';
import type { ContractNames } from './contract-names.ts';
import { handlerTable, serviceFolder } from './handler-paths.ts';
import {
  appYamlSource,
  handlerTableSource,
  mainSource,
  mainTestSource,
  sweepJobSource,
} from './service-sources.ts';

/** The service whose region, database and versions of packages a new one takes. */
const MODEL = 'worker';
/** The packages that the new service's sources and tests import. */
const DEPENDENCIES = [
  '@google-cloud/firestore',
  '@waybill/contract-kit',
  '@waybill/service-kit',
  '@waybill/task-contracts',
  '@waybill/task-runtime',
];
const DEV_DEPENDENCIES = ['@waybill/emulator-kit', '@waybill/firestore-emulator', '@waybill/task-testing'];

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The files of a new service that does one contract's tasks, and cron.yaml with its sweep. */
export function planService(
  rootDir: string,
  { service, contract }: { service: string; contract: ContractNames },
): SourceFile[] {
  const folder = serviceFolder(service);
  const model = serviceFolder(MODEL);
  const read = (path: string): string => readFileSync(join(rootDir, path), 'utf8');
  const { envVariables } = readAppYaml(join(rootDir, model, 'app.yaml'));
  const { TASKS_LOCATION = 'us-central1', FIRESTORE_DATABASE = '(default)' } = envVariables;
  const cron = existsSync(join(rootDir, 'cron.yaml')) ? read('cron.yaml') : 'cron:\n';
  return [
    { path: `${folder}/app.yaml`, text: appYamlSource(service, { TASKS_LOCATION, FIRESTORE_DATABASE }) },
    { path: `${folder}/.gcloudignore`, text: read(`${model}/.gcloudignore`) },
    {
      path: `${folder}/package.json`,
      text: manifestSource(service, JSON.parse(read(`${model}/package.json`)) as Manifest),
    },
    {
      path: `${folder}/tsconfig.json`,
      text: '{ "extends": "../../tsconfig.base.json", "include": ["src"] }',
    },
    { path: `${folder}/src/main.ts`, text: mainSource(service) },
    { path: `${folder}/src/main.test.ts`, text: mainTestSource(service, contract) },
    { path: handlerTable(service), text: handlerTableSource(service, contract) },
    { path: 'cron.yaml', text: `${cron.trimEnd()}\n${sweepJobSource(service)}` },
  ];
}

function manifestSource(service: string, model: Manifest): string {
  const pick = (names: readonly string[], from: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, from[name] ?? model.version]));
  const scripts = Object.entries(model.scripts).map(([name, script]) => [
    name,
    script.replace(new RegExp(` ${MODEL}$`), ` ${service}`),
  ]);
  return JSON.stringify({
    name: `@waybill/${service}`,
    version: model.version,
    private: true,
    description: `Service "${service}": does its tasks exactly once in effect`,
    license: model.license,
    type: 'module',
    scripts: Object.fromEntries(scripts),
    waybill: { secrets: [] },
    dependencies: pick(DEPENDENCIES, model.dependencies),
    devDependencies: pick(DEV_DEPENDENCIES, model.devDependencies),
  });
}
