import type { Micros } from '../values/timestamp.ts';

/** A document in the database, as it is now or was. */
export interface DocumentRow {
  key: Uint8Array;
  name: string;
  created: number;
  updated: number;
  data: Uint8Array;
}

/** A present document without its data. */
export interface PresentRow {
  rowid: number;
  key: Uint8Array;
  name: string;
  updated: number;
}

/** Some present documents that follow each other. */
export interface PresentPage {
  readonly rows: readonly PresentRow[];
  /** The last key that the page covers; undefined: all that follow. */
  readonly toKey: Uint8Array | undefined;
}

/** Old versions that a scan has yet to come to. Those that others leave behind meanwhile are added page by page. */
export class PastVersions {
  readonly #rowsSince: (sinceMicros: Micros) => readonly DocumentRow[];
  #rows: readonly DocumentRow[] = [];
  #sinceMicros: Micros | undefined;
  #afterKey: Uint8Array = new Uint8Array(0);

  constructor(rowsSince: (sinceMicros: Micros) => readonly DocumentRow[]) {
    this.#rowsSince = rowsSince;
  }

  /** The versions that the next page lacks, in the order of their keys. */
  upTo(toKey: Uint8Array | undefined, nowMicros: Micros, atMicros: Micros): readonly DocumentRow[] {
    const sinceMicros = this.#sinceMicros ?? atMicros;
    if (nowMicros > sinceMicros) {
      const newer = this.#rowsSince(sinceMicros).filter(({ key }) => Buffer.compare(key, this.#afterKey) > 0);
      this.#rows = [...this.#rows, ...newer].sort((left, right) => Buffer.compare(left.key, right.key));
    }
    this.#sinceMicros = nowMicros;
    if (toKey === undefined) return this.#rows;
    const next = this.#rows.findIndex(({ key }) => Buffer.compare(key, toKey) > 0);
    const end = next < 0 ? this.#rows.length : next;
    const taken = this.#rows.slice(0, end);
    this.#rows = this.#rows.slice(end);
    this.#afterKey = toKey;
    return taken;
  }
}

/** Two lists in the order of their keys as one; where keys are equal, the second list's element comes first. */
export function* mergeByKey(
  rows: readonly PresentRow[],
  older: readonly DocumentRow[],
): Generator<PresentRow | DocumentRow> {
  let next = 0;
  for (const row of rows) {
    for (
      let old = older[next];
      old !== undefined && Buffer.compare(old.key, row.key) <= 0;
      old = older[next]
    ) {
      next++;
      yield old;
    }
    yield row;
  }
  yield* older.slice(next);
}
