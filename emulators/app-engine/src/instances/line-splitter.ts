import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a stream of bytes into lines. A line longer than the limit is given once, cut, with a mark at its end: a service that
 * never ends its line must not fill the memory.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  readonly #maxLength: number;
  #pending = '';
  #skipping = false;

  /** @param maxLength in UTF-16 units, default 16,384 */
  constructor(onLine: (line: string) => void, maxLength = 16_384) {
    this.#onLine = onLine;
    this.#maxLength = maxLength;
  }

  /** Takes the next bytes. */
  write(bytes: Buffer): void {
    const parts = this.#decoder.write(bytes).split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) {
      this.#add(part);
      this.#endLine();
    }
    this.#add(rest);
  }

  /** Gives the last line, if it had no end. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#pending !== '') this.#endLine();
  }

  #add(text: string): void {
    if (this.#skipping) return;
    this.#pending += text;
    if (this.#pending.length <= this.#maxLength) return;
    this.#onLine(`${this.#pending.slice(0, this.#maxLength)}… (cut)`);
    this.#pending = '';
    this.#skipping = true;
  }

  #endLine(): void {
    if (!this.#skipping) this.#onLine(this.#pending.replace(/\r$/, ''));
    this.#pending = '';
    this.#skipping = false;
  }
}
