import assert from 'node:assert/strict';
import type { RawClient, RawOutcome } from './raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';

/** Values of field `n` by the paths of their documents; undefined for missing ones. */
export type Numbers = Readonly<Record<string, number | undefined>>;

/**
 * A transaction without the official client, which would repeat it: documents with a number `n`. Its first read begins it.
 */
export class RawTransaction {
  readonly #raw: RawClient;
  readonly #retryOf: Uint8Array | undefined;
  #id: Uint8Array | undefined;

  /** @param options.retryOf the transaction that this one runs again */
  constructor(raw: RawClient, options: { retryOf?: RawTransaction } = {}) {
    this.#raw = raw;
    this.#retryOf = options.retryOf?.id;
  }

  /** The id on the wire; undefined before the first response. */
  get id(): Uint8Array | undefined {
    return this.#id;
  }

  /** Begins it without a read. */
  async begin(): Promise<void> {
    const outcome = await this.#raw.call<{ transaction: Uint8Array }>('BeginTransaction', {
      database: DATABASE,
      options: { readWrite: this.#readWrite },
    });
    assert.ok('responses' in outcome);
    this.#id = outcome.responses[0]?.transaction;
  }

  /** Reads documents. Resolves to their numbers, or to the code of the error. */
  async read(...paths: string[]): Promise<Numbers | number> {
    const outcome = await this.#raw.call<WireRead>('BatchGetDocuments', {
      database: DATABASE,
      documents: paths.map(nameOf),
      ...this.#consistency,
    });
    if (!('responses' in outcome)) return outcome.code;
    this.#begun(outcome.responses);
    return Object.fromEntries(
      outcome.responses.flatMap(({ found, missing }): [string, number | undefined][] => {
        if (found) return [[pathOf(found.name), Number(found.fields['n']?.integerValue)]];
        return missing ? [[pathOf(missing), undefined]] : [];
      }),
    );
  }

  /** Queries a collection for documents with a number. Resolves to their paths, or to the code of the error. */
  async query(collectionId: string, n: number): Promise<readonly string[] | number> {
    const outcome = await this.#raw.call<WireRead>('RunQuery', {
      parent: `${DATABASE}/documents`,
      structuredQuery: {
        from: [{ collectionId }],
        where: { fieldFilter: { field: { fieldPath: 'n' }, op: 'EQUAL', value: { integerValue: n } } },
      },
      ...this.#consistency,
    });
    if (!('responses' in outcome)) return outcome.code;
    this.#begun(outcome.responses);
    return outcome.responses.flatMap(({ document }) => (document ? [pathOf(document.name)] : []));
  }

  /** Commits numbers; undefined deletes. Resolves to 0, or to the code of the error. */
  async commit(numbers: Numbers): Promise<number> {
    return codeOf(
      await this.#raw.call('Commit', {
        database: DATABASE,
        transaction: this.#id,
        writes: writesOf(numbers),
      }),
    );
  }

  async rollback(): Promise<void> {
    await this.#raw.call('Rollback', { database: DATABASE, transaction: this.#id });
  }

  get #readWrite(): object {
    return this.#retryOf === undefined ? {} : { retryTransaction: this.#retryOf };
  }

  get #consistency(): object {
    return this.#id === undefined
      ? { newTransaction: { readWrite: this.#readWrite } }
      : { transaction: this.#id };
  }

  #begun(responses: readonly WireRead[]): void {
    const [first] = responses;
    if (first !== undefined && first.transaction.length > 0) this.#id ??= first.transaction;
  }
}

interface WireRead {
  readonly transaction: Uint8Array;
  readonly found?: WireNumber | null;
  readonly missing?: string;
  readonly document?: WireNumber | null;
}

interface WireNumber {
  readonly name: string;
  readonly fields: Readonly<Record<string, { readonly integerValue: string | number }>>;
}

/** Commits numbers outside of transactions. Resolves to 0, or to the code of the error. */
export async function commitOutside(raw: RawClient, numbers: Numbers): Promise<number> {
  return codeOf(await raw.call('Commit', { database: DATABASE, writes: writesOf(numbers) }));
}

function writesOf(numbers: Numbers): object[] {
  return Object.entries(numbers).map(([path, n]) =>
    n === undefined
      ? { delete: nameOf(path) }
      : { update: { name: nameOf(path), fields: { n: { integerValue: n } } } },
  );
}

function codeOf(outcome: RawOutcome<unknown>): number {
  return 'responses' in outcome ? 0 : outcome.code;
}

function nameOf(path: string): string {
  return `${DATABASE}/documents/${path}`;
}

function pathOf(name: string): string {
  return name.slice(`${DATABASE}/documents/`.length);
}
