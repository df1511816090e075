/** The version of the files in a folder of an export. */
export const EXPORT_FORMAT = 1;
/** Holds `{"format", "documents"}`. It is written last. */
export const METADATA_FILE = 'firestore-export.json';
/** Holds one document in each line, as the REST API writes it, in the order of the names. */
export const DOCUMENTS_FILE = 'documents.jsonl';
