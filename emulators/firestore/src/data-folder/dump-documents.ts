import type { StoredDocument } from '../store/stored-document.ts';
import { fieldsJson } from './document-json.ts';

/** All documents by database and path, with their fields as the REST API writes them. Equal data gives equal text. */
export type Dump = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Makes a dump of documents that come in the order of their names. */
export function dumpDocuments(documents: Iterable<StoredDocument>): Dump {
  const dump: Record<string, Record<string, object>> = {};
  for (const { name, fields } of documents) {
    const [, database = '', path = ''] =
      /^(projects\/[^/]+\/databases\/[^/]+)\/documents\/(.+)$/.exec(name) ?? [];
    dump[database] ??= {};
    dump[database][path] = fieldsJson(fields);
  }
  return dump;
}
