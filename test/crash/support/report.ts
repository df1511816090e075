/** What a campaign prints, with the time since its start. */
export class Report {
  readonly #startedAtMs = performance.now();
  #problems = 0;

  heading(text: string): void {
    this.#write(`\n== ${text}`);
  }

  line(text: string): void {
    this.#write(`${this.#elapsed().padStart(6)}  ${text}`);
  }

  /** Something that is wrong: the campaign fails. */
  problem(text: string): void {
    this.#problems += 1;
    this.line(`WRONG  ${text}`);
  }

  /** The last line. @returns whether all is right */
  verdict(done: string): boolean {
    const ok = this.#problems === 0;
    this.#write(
      `\n${ok ? 'PASSED' : `FAILED with ${this.#problems} problems`}: ${done}, in ${this.#elapsed()}`,
    );
    return ok;
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedAtMs) / 1_000).toFixed(0)} s`;
  }

  #write(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}
