import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isContractName } from '@waybill/contract-kit';
import { formatSources } from '../repository/format-sources.ts';
import type { SourceFile } from '../repository/source-file.ts';
import { type ContractNames, namesOf } from './contract-names.ts';
import { SourceFormError } from './edit-sources.ts';
import { NewContractError } from './plan-contract.ts';

/**
 * The files of a new dependency of a service's handlers, with its setting, including the existing ones that change.
 * @param options.name in kebab case: `sms-gateway`
 * @param options.folder the service's folder in apps/
 * @throws {NewContractError} if the name cannot be used
 */
export function planDependency(options: { rootDir: string; name: string; folder: string }): SourceFile[] {
  const { rootDir, name, folder } = options;
  const names = namesOf(name);
  const app = `apps/${folder}`;
  const own = `${app}/src/${name}/${name}.ts`;
  const problems = [
    ...(isContractName(name) ? [] : [`the name must be kebab case, as sms-gateway, got "${name}"`]),
    ...(existsSync(join(rootDir, app, 'src/tasks/index.ts'))
      ? []
      : [`there is no service that does tasks in ${app}`]),
    ...(existsSync(join(rootDir, app, 'src', name)) ? [`there is already ${app}/src/${name}`] : []),
  ];
  if (problems.length > 0) throw new NewContractError(problems);
  const edited: EditFile = (path, edit) => {
    if (!existsSync(join(rootDir, path))) {
      throw new SourceFormError(
        `${path} is missing; nothing was written. Pass the client to the handlers by hand, as docs/services.md shows`,
      );
    }
    return { path, text: edit(readFileSync(join(rootDir, path), 'utf8'), path) };
  };
  const type = `import type { ${names.pascal} } from '../${name}/${name}.ts';\n`;
  const wiring = { app, folder, names, edited };
  return formatSources(rootDir, [
    { path: own, text: dependencySource(names) },
    edited(
      `${app}/src/tasks/index.ts`,
      (source, path) =>
        type +
        insertAfter(
          source,
          'export interface TaskDependencies {\n',
          `  readonly ${names.camel}: ${names.pascal};\n`,
          path,
        ),
    ),
    ...(existsSync(join(rootDir, app, `src/load-${folder}.ts`)) ? inLoader(wiring) : inMain(wiring)),
  ]);
}

type EditFile = (path: string, edit: (source: string, path: string) => string) => SourceFile;

/** The place of a new dependency. */
interface Wiring {
  readonly app: string;
  readonly folder: string;
  readonly names: ContractNames;
  readonly edited: EditFile;
}

/** The edits of a service with a loader, a `config.ts` and stand-ins for its tests, as the worker. */
function inLoader({ app, folder, names, edited }: Wiring): SourceFile[] {
  return [
    edited(
      `${app}/src/load-${folder}.ts`,
      (source, path) => importClient(names) + passClient(source, path, names),
    ),
    edited(`${app}/src/config.ts`, (source, path) =>
      insertAfter(source, 'const SETTINGS = {\n', settingLines(names), path),
    ),
    edited(`${app}/test/providers.ts`, (source, path) =>
      insertAfter(source, '    clients: {\n', `      ${names.camel}: { call: async () => {} },\n`, path),
    ),
  ];
}

/** The edits of a service whose `main.ts` has it all, as `new:contract --new-service` makes it. */
function inMain({ app, names, edited }: Wiring): SourceFile[] {
  return [
    edited(`${app}/src/main.ts`, (source, path) => {
      // A first dependency opens the objects that a later one adds to.
      const open = source
        .replace(
          'handlers: createTaskHandlers }',
          'handlers: ({ firestore }) => createTaskHandlers({\nfirestore }) }',
        )
        .replace(/(loadTaskServiceConfig\([^,()]+, (?:process\.)?env)\)/, '$1, {\n})')
        .replace(/import \{ (beginConfig, )?startService \}/, 'import { $1setting, startService }');
      const withSetting = insertAfter(open, 'env, {\n', settingLines(names), path);
      return importClient(names) + passClient(withSetting, path, names);
    }),
  ];
}

function importClient({ kebab, pascal }: ContractNames): string {
  return `import { create${pascal} } from './${kebab}/${kebab}.ts';\n`;
}

function passClient(source: string, path: string, names: ContractNames): string {
  const line = `        ${names.camel}: create${names.pascal}({ url: config.${settingOf(names)} }),\n`;
  return insertAfter(source, 'createTaskHandlers({\n', line, path);
}

function settingLines(names: ContractNames): string {
  return `  /** The address of ${names.kebab}. By default calls fail, and their tasks are retried. */
  ${settingOf(names)}: setting.url({ default: 'https://${names.kebab}.invalid/' }),
`;
}

/** The name of a dependency's setting: `SMS_GATEWAY_URL`. */
export function settingOf({ kebab }: ContractNames): string {
  return `${kebab.replaceAll('-', '_').toUpperCase()}_URL`;
}

function dependencySource({ kebab, pascal }: ContractNames): string {
  return `/** The calls that handlers make to ${kebab}. */
export interface ${pascal} {
  /**
   * Makes one call.
   * @param key the same key again has no second effect
   * @throws if it has no success: the task is retried
   */
  call(body: unknown, key: string, signal: AbortSignal): Promise<void>;
}

/** Settings of {@link create${pascal}}. */
export interface ${pascal}Options {
  readonly url: URL;
}

/** Creates the client of ${kebab}. */
export function create${pascal}({ url }: ${pascal}Options): ${pascal} {
  return {
    async call(body, key, signal) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify(body),
        signal,
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(\`${kebab} answered \${response.status}\`);
    },
  };
}
`;
}

/** Inserts lines after the first occurrence of a text. */
function insertAfter(source: string, text: string, lines: string, path: string): string {
  const at = source.indexOf(text);
  if (at < 0) {
    throw new SourceFormError(
      `${path} must hold "${text.trim()}"; nothing was written. Add there by hand: ${lines.trim()}`,
    );
  }
  const end = at + text.length;
  return `${source.slice(0, end)}${lines}${source.slice(end)}`;
}
