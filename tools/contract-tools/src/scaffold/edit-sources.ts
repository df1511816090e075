import type { ContractNames } from './contract-names.ts';

/** Thrown for a source whose form allows no new entry. */
export class SourceFormError extends Error {
  override readonly name = 'SourceFormError';
  readonly code = 'SOURCE_FORM';
}

/** Adds a contract to `contracts/registry.ts`, sorted by name among those that are. */
export function withContract(source: string, { kebab }: ContractNames): string {
  return insertLine(source, {
    kind: /^export \* from '\.\/([\w-]+)\/index\.ts';$/gm,
    name: kebab,
    line: `export * from './${kebab}/index.ts';`,
    like: "export * from './charge-payment/index.ts';",
    file: 'contracts/registry.ts',
  });
}

/** Adds the next version of a contract, and its up-caster, to the `index.ts` of the contract's folder. */
export function withNextVersion(source: string, { camel, kebab }: ContractNames, version: number): string {
  const [from, to] = [`${camel}V${version}`, `${camel}V${version + 1}`];
  const file = `contracts/${kebab}/index.ts`;
  const newest = `export const ${camel} = ${from};`;
  if (!source.includes(newest)) throw new SourceFormError(`${file} must hold "${newest}"`);
  const renamed = source.replace(newest, `export const ${camel} = ${to};`);
  const listed = appended(
    appended(renamed, 'contracts', to, file),
    'upCasters',
    `${from}ToV${version + 1}`,
    file,
  );
  return `import { ${to} } from './v${version + 1}.ts';
import { ${from}ToV${version + 1} } from './v${version}-to-v${version + 1}.ts';
${listed}`;
}

/** Adds a handler to a service's table. */
export function withHandler(source: string, { camel, kebab, pascal }: ContractNames): string {
  const imported = source.replace(
    /^import \{ create/m,
    `import { create${pascal} } from './${kebab}.ts';\nimport { create`,
  );
  if (imported === source) throw new SourceFormError('tasks/index.ts must import its handlers');
  return insertLine(imported, {
    kind: /^ {4}(\w+): create\w+\(.*\),$/gm,
    name: camel,
    line: `    ${camel}: create${pascal}(dependencies),`,
    like: 'chargePayment: createChargePayment(dependencies),',
    file: 'tasks/index.ts',
  });
}

/** Adds a queue to `queue-config/queues.yaml`, on one line: two branches that each add one then merge. */
export function withQueue(source: string, queue: string): string {
  const text = source.endsWith('\n') ? source : `${source}\n`;
  return `${text}  - { name: ${queue}, rateLimits: { maxDispatchesPerSecond: 5, maxConcurrentDispatches: 3 }, retryConfig: { maxAttempts: -1, minBackoff: 10s, maxBackoff: 300s, maxDoublings: 4 } }\n`;
}

/** Inserts a line among similar ones, before the first with a greater name. */
function insertLine(
  source: string,
  entry: { kind: RegExp; name: string; line: string; like: string; file: string },
): string {
  const { kind, name, line, like, file } = entry;
  const lines = [...source.matchAll(kind)];
  const last = lines.at(-1);
  if (last === undefined) throw new SourceFormError(`${file} must hold a line such as "${like}"`);
  const next = lines.find(([, other = '']) => other > name);
  if (next !== undefined) return `${source.slice(0, next.index)}${line}\n${source.slice(next.index)}`;
  const end = last.index + last[0].length;
  return `${source.slice(0, end)}\n${line}${source.slice(end)}`;
}

/** Appends a name to a list that is a property: `contracts: [chargePaymentV1]`. */
function appended(source: string, property: string, name: string, file: string): string {
  const list = new RegExp(`\\b${property}: \\[([^\\]]*)\\]`).exec(source);
  if (list === null) throw new SourceFormError(`${file} must hold "${property}: […]"`);
  const names = [...(list[1]?.match(/\w+/g) ?? []), name];
  return source.replace(list[0], `${property}: [${names.join(', ')}]`);
}
