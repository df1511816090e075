import type { Catalogue } from '@waybill/contract-kit';
import type { SourceFile } from '../repository/source-file.ts';
import { asyncApiDocument } from './asyncapi-document.ts';
import { contractList, contractPage } from './contract-page.ts';
import { plainSchema } from './plain-schema.ts';

/** The folder of the generated pages, in the repository. */
export const PAGES_FOLDER = 'docs/contracts';
/** The generated AsyncAPI document, in the repository. */
const ASYNCAPI_PATH = 'docs/contracts.asyncapi.json';

/** The path of a version's plain JSON Schema, in the repository. */
function schemaPath(contract: string, version: number): string {
  return `${PAGES_FOLDER}/${contract}/v${version}.schema.json`;
}

/**
 * All generated documents of the catalogue: a page for each contract, a JSON Schema for each version, the list of contracts,
 * and the AsyncAPI document.
 */
export function contractDocuments(catalogue: Catalogue): SourceFile[] {
  const names = [...new Set(catalogue.contracts.map(({ name }) => name))].sort();
  return [
    { path: ASYNCAPI_PATH, text: `${JSON.stringify(asyncApiDocument(catalogue), null, 2)}\n` },
    { path: `${PAGES_FOLDER}/README.md`, text: contractList(catalogue) },
    ...catalogue.contracts.map((contract) => ({
      path: schemaPath(contract.name, contract.version),
      text: `${JSON.stringify(plainSchema(contract), null, 2)}\n`,
    })),
    ...names.map((name) => ({ path: `${PAGES_FOLDER}/${name}.md`, text: contractPage(catalogue, name) })),
  ];
}
