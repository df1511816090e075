import type { FirestoreEngine } from '../transactions/firestore-engine.ts';
import { type Dump, dumpDocuments } from './dump-documents.ts';
import { exportDocuments } from './export-documents.ts';
import { readExport } from './read-export.ts';

/** All data of an emulator: clears it, shows it, writes it into a folder and reads it from there. */
export class EmulatorData {
  readonly #engine: FirestoreEngine;

  constructor(engine: FirestoreEngine) {
    this.#engine = engine;
  }

  /** Deletes the documents of all databases or of one. @returns their number */
  clear(database?: string): Promise<number> {
    return this.#engine.clear(database);
  }

  /** All documents or those of one database. */
  dump(database?: string): Dump {
    return dumpDocuments(this.#engine.store.documents(database));
  }

  /**
   * Writes all documents or those of one database into a folder.
   * @returns the number of documents
   * @throws {DataFolderError} if the folder holds anything but an earlier export, or cannot be written
   */
  async export(directory: string, database?: string): Promise<number> {
    await this.#engine.store.durable();
    return exportDocuments(this.#engine.store.documents(database), directory);
  }

  /**
   * Sets the documents of an exported folder, as one commit. Other documents stay.
   * @returns the number of documents
   * @throws {DataFolderError} if the folder is no export of this emulator
   */
  async import(directory: string): Promise<number> {
    const writes = readExport(directory);
    await this.#engine.overwrite(writes);
    return writes.length;
  }
}
