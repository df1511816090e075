/** A task that waits for its time. `heapIndex` belongs to the heap. */
export interface Waiting {
  readonly rowId: number;
  dueMs: number;
  heapIndex: number;
}

/** Waiting tasks, the one due first on top; those due together keep the order of creation. */
export class DueHeap {
  readonly #items: Waiting[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Waiting | undefined {
    return this.#items[0];
  }

  push(item: Waiting): void {
    item.heapIndex = this.#items.length;
    this.#items.push(item);
    this.#up(item);
  }

  /** Takes an item out from wherever it is in the heap. */
  remove(item: Waiting): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#place(last, item.heapIndex);
    this.#up(last);
    this.#down(last);
  }

  clear(): void {
    this.#items.length = 0;
  }

  #up(item: Waiting): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1];
      if (parent === undefined || before(parent, item)) return;
      this.#swap(parent, item);
    }
  }

  #down(item: Waiting): void {
    for (;;) {
      const left = this.#items[item.heapIndex * 2 + 1];
      const right = this.#items[item.heapIndex * 2 + 2];
      const first = left && right ? (before(left, right) ? left : right) : left;
      if (first === undefined || before(item, first)) return;
      this.#swap(item, first);
    }
  }

  #swap(a: Waiting, b: Waiting): void {
    const index = a.heapIndex;
    this.#place(a, b.heapIndex);
    this.#place(b, index);
  }

  #place(item: Waiting, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}

function before(a: Waiting, b: Waiting): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.rowId < b.rowId);
}
