import type { DatabaseSync } from 'node:sqlite';
import { DatabaseFiles, type DatabaseGoneError, openDatabase } from '@waybill/emulator-kit';

/** An order that the warehouse was told to send. */
export interface Shipment {
  readonly orderId: string;
  readonly items: readonly { readonly productId: string; readonly name: string; readonly quantity: number }[];
  /** When it was told first, as RFC 3339. */
  readonly receivedAt: string;
  /** How often it was told. It sends the order once. */
  readonly timesTold: number;
}

// IF NOT EXISTS: older files have these tables, and no number of a format.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS shipments (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    items TEXT NOT NULL,
    received_at TEXT NOT NULL,
    times_told INTEGER NOT NULL
  ) STRICT;
`;

/** The warehouse's durable memory: what `add` has taken survives a killed process. Without a folder it is kept in memory. */
export class ShipmentStore {
  readonly #db: DatabaseSync;
  readonly #files: DatabaseFiles;

  /** @param dataDir the folder, made if it is missing */
  constructor(dataDir: string | undefined) {
    this.#db = openDatabase({
      dataDir,
      fileName: 'shipments.sqlite',
      access: 'shared',
      format: 1,
      schema: SCHEMA,
    });
    this.#files = new DatabaseFiles(this.#db);
  }

  /** Resolves when the files were found to be gone: `add` throws from then on. */
  get gone(): Promise<DatabaseGoneError> {
    return this.#files.gone;
  }

  /**
   * Keeps a shipment, or counts a repeat of it.
   * @param key what the sender recognises the shipment by
   * @returns whether it is new
   * @throws {DatabaseGoneError} if the files were removed or replaced
   */
  add(key: string, shipment: Omit<Shipment, 'timesTold'>): boolean {
    const { orderId, items, receivedAt } = shipment;
    const row = this.#db
      .prepare(
        `INSERT INTO shipments (key, order_id, items, received_at, times_told) VALUES (?, ?, ?, ?, 1)
         ON CONFLICT (key) DO UPDATE SET times_told = times_told + 1 RETURNING times_told AS timesTold`,
      )
      .get(key, orderId, JSON.stringify(items), receivedAt);
    this.#files.assertInPlace();
    return row?.['timesTold'] === 1;
  }

  /** All shipments, oldest first. */
  all(): Shipment[] {
    return this.#db
      .prepare(
        'SELECT order_id AS orderId, items, received_at AS receivedAt, times_told AS timesTold FROM shipments ORDER BY seq',
      )
      .all()
      .map((row) => ({ ...row, items: JSON.parse(String(row['items'])) }) as Shipment);
  }

  close(): void {
    this.#db.close();
  }
}
