import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A call that a service made, as it writes it into `calls.jsonl`. */
export interface OccurredCall {
  /** The request that it was made for: a contract's name, `POST /api/orders`, `sweep`. */
  readonly cause: string;
  /** `worker charge-payment Commit #2`: service, request, call, and its index among the equal calls of that request. */
  readonly point: string;
  /** The delivered task's name in Cloud Tasks; null where the request is no delivery. */
  readonly task: string | null;
  /** 0 for a first delivery. */
  readonly retries: number;
}

/** The moment of a crash: just before the call is sent, or when its response has arrived and is still unread. */
export interface ArmedPoint {
  readonly id: number;
  readonly point: string;
  readonly when: 'before' | 'after';
}

/** A crash that has happened. */
export interface FiredPoint extends ArmedPoint {
  readonly task: string | null;
}

/** The folder by which crash points are talked about with the services; see crash-points.ts. */
export class CrashPointFiles {
  readonly dir: string;
  #nextId = 1;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** All calls so far, in order. */
  calls(): OccurredCall[] {
    return this.#lines<OccurredCall>('calls.jsonl');
  }

  /** From now on the point ends the process that comes to it first, once. @returns its number */
  arm(point: string, when: ArmedPoint['when']): number {
    const id = this.#nextId;
    this.#nextId += 1;
    const armed: ArmedPoint = { id, point, when };
    const file = join(this.dir, 'armed.json');
    writeFileSync(`${file}.new`, JSON.stringify(armed));
    renameSync(`${file}.new`, file);
    return id;
  }

  disarm(): void {
    rmSync(join(this.dir, 'armed.json'), { force: true });
  }

  hasFired(id: number): boolean {
    return existsSync(join(this.dir, `fired-${id}.json`));
  }

  /** All crashes so far. */
  fired(): FiredPoint[] {
    return this.#lines<FiredPoint>('fired.jsonl');
  }

  #lines<T>(name: string): T[] {
    const file = join(this.dir, name);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as T];
        } catch {
          // A process died in the middle of the line.
          return [];
        }
      });
  }
}
