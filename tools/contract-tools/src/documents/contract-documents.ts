import type { Catalogue } from '@waybill/contract-kit';
import type { SourceFile } from '../repository/source-file.ts';
import { asyncApiDocument } from './asyncapi-document.ts';
import { contractList, contractPage } from './contract-page.ts';
import { plainSchema } from './plain-schema.ts';

/** The folder of the generated pages, in the repository. */
export const PAGES_FOLDER = 'docs/contracts';
/**
 * The AsyncAPI document of all contracts. It is not committed: two branches that add contracts would be in conflict. Each
 * contract's own document is.
 */
export const ASYNCAPI_PATH = 'docs/contracts.asyncapi.json';

/** The path of a version's plain JSON Schema, in the repository. */
function schemaPath(contract: string, version: number): string {
  return `${PAGES_FOLDER}/${contract}/v${version}.schema.json`;
}

/**
 * All generated documents of the catalogue: a page and an AsyncAPI document for each contract, a JSON Schema for each version,
 * and the list of contracts. But for the list, no two contracts share a file, so that branches that add some can be merged.
 */
export function contractDocuments(catalogue: Catalogue): SourceFile[] {
  const names = [...new Set(catalogue.contracts.map(({ name }) => name))].sort();
  return [
    { path: `${PAGES_FOLDER}/README.md`, text: contractList(catalogue) },
    ...catalogue.contracts.map((contract) => ({
      path: schemaPath(contract.name, contract.version),
      text: `${JSON.stringify(plainSchema(contract), null, 2)}\n`,
    })),
    ...names.flatMap((name) => [
      { path: `${PAGES_FOLDER}/${name}.md`, text: contractPage(catalogue, name) },
      asyncApiFile(`${PAGES_FOLDER}/${name}/asyncapi.json`, contractAlone(catalogue, name)),
    ]),
  ];
}

/** The AsyncAPI document of all contracts. */
export function wholeAsyncApi(catalogue: Catalogue): SourceFile {
  return asyncApiFile(ASYNCAPI_PATH, catalogue);
}

function asyncApiFile(path: string, catalogue: Catalogue): SourceFile {
  return { path, text: `${JSON.stringify(asyncApiDocument(catalogue), null, 2)}\n` };
}

/** The part of a catalogue that is about one contract. */
function contractAlone(catalogue: Catalogue, name: string): Catalogue {
  const contracts = catalogue.contracts.filter((contract) => contract.name === name);
  return { ...catalogue, contracts, queues: [...new Set(contracts.map(({ queue }) => queue))].sort() };
}
