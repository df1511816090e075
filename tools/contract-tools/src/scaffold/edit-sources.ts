import type { ContractNames } from './contract-names.ts';

/** Thrown for a source whose form allows no new entry. */
class SourceFormError extends Error {
  override readonly name = 'SourceFormError';
  readonly code = 'SOURCE_FORM';
}

/** Adds a contract to `contracts/catalogue.ts`. */
export function withContract(source: string, { camel, kebab }: ContractNames): string {
  const constant = `${camel}V1`;
  const imported = `import { ${constant} } from './${kebab}/v1.ts';\n${source}`;
  const exported = insertLine(
    imported,
    /^export const (\w+) = \w+V\d+;$/gm,
    camel,
    `export const ${camel} = ${constant};`,
    'export const chargePayment = chargePaymentV1;',
  );
  return changeArguments(exported, ([contracts = [], ...others]) => [
    insertSorted(contracts, constant),
    ...others,
  ]);
}

/** Adds the next version of a contract, and its up-caster, to `contracts/catalogue.ts`. */
export function withNextVersion(source: string, { camel, kebab }: ContractNames, version: number): string {
  const [from, to] = [`${camel}V${version}`, `${camel}V${version + 1}`];
  const newest = `export const ${camel} = ${from};`;
  if (!source.includes(newest)) throw new SourceFormError(`contracts/catalogue.ts must hold "${newest}"`);
  const imported = `import { ${to} } from './${kebab}/v${version + 1}.ts';
import { ${from}ToV${version + 1} } from './${kebab}/v${version}-to-v${version + 1}.ts';
${source.replace(newest, `export const ${camel} = ${to};`)}`;
  return changeArguments(imported, ([contracts = [], upCasters = [], ...others]) => [
    insertSorted(contracts, to),
    insertSorted(upCasters, `${from}ToV${version + 1}`),
    ...others,
  ]);
}

/** Adds a contract to the exports of the package's `index.ts`. */
export function withExport(source: string, { camel }: ContractNames): string {
  const block = /export \{([^}]*)\} from '\.\/contracts\/catalogue\.ts';/.exec(source);
  if (block === null)
    throw new SourceFormError('index.ts must hold "export {…} from \'./contracts/catalogue.ts\';"');
  const names = insertSorted(
    (block[1] ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    camel,
  );
  return source.replace(block[0], `export { ${names.join(', ')} } from './contracts/catalogue.ts';`);
}

/** Adds a handler to the worker's table. */
export function withHandler(source: string, { camel, kebab, pascal }: ContractNames): string {
  const imported = source.replace(
    /^import \{ create/m,
    `import { create${pascal} } from './${kebab}.ts';\nimport { create`,
  );
  if (imported === source) throw new SourceFormError('tasks/index.ts must import its handlers');
  return insertLine(
    imported,
    /^ {4}(\w+): create\w+\(dependencies\),$/gm,
    camel,
    `    ${camel}: create${pascal}(dependencies),`,
    'chargePayment: createChargePayment(dependencies),',
  );
}

/** Inserts a line among similar ones, sorted by name. */
function insertLine(source: string, kind: RegExp, name: string, line: string, like: string): string {
  const lines = [...source.matchAll(kind)];
  const last = lines.at(-1);
  if (last === undefined) throw new SourceFormError(`There must be a line such as "${like}"`);
  const next = lines.find(([, other = '']) => other > name);
  if (next !== undefined) return `${source.slice(0, next.index)}${line}\n${source.slice(next.index)}`;
  const end = last.index + last[0].length;
  return `${source.slice(0, end)}\n${line}${source.slice(end)}`;
}

function insertSorted(names: readonly string[], name: string): string[] {
  const next = names.findIndex((other) => other > name);
  return next < 0 ? [...names, name] : names.toSpliced(next, 0, name);
}

/** Changes the arguments of `defineCatalogue(…)`. A list is passed as its names, any other argument as one name. */
function changeArguments(
  source: string,
  change: (lists: readonly (readonly string[])[]) => readonly (readonly string[])[],
): string {
  const call = /defineCatalogue\(\s*((?:\[[^\]]*\]|[\w\s,])*)\)/.exec(source);
  const written = (call?.[1] ?? '').trim();
  const parts = written.match(/\[[^\]]*\]|\w+/g) ?? [];
  if (call === null || !parts[0]?.startsWith('[')) {
    throw new SourceFormError('contracts/catalogue.ts must hold "defineCatalogue([chargePaymentV1, …], …)"');
  }
  const lists = parts.map((part) => (part.startsWith('[') ? (part.match(/\w+/g) ?? []) : [part]));
  const changed = change(lists).map((names, index) => {
    const isList = parts[index] === undefined || parts[index].startsWith('[');
    return isList ? `[${names.join(', ')}]` : names.join('');
  });
  return source.replace(call[0], `defineCatalogue(${changed.join(', ')})`);
}
