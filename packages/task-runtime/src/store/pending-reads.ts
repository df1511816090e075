import type { Transaction } from '@google-cloud/firestore';

/** Counts the reads of a transaction that Firestore has not responded to. */
export class PendingReads {
  #count = 0;

  get any(): boolean {
    return this.#count > 0;
  }

  /** Makes a transaction whose reads are counted. */
  of(transaction: Transaction): Transaction {
    return new Proxy(transaction, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]): unknown => this.#counted(member.apply(target, parameters));
      },
    });
  }

  #counted(result: unknown): unknown {
    if (!(result instanceof Promise)) return result;
    this.#count += 1;
    const end = (): void => {
      this.#count -= 1;
    };
    result.then(end, end);
    return result;
  }
}
