import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MEDIA_TYPES = {
  'card-form.js': 'text/javascript; charset=utf-8',
  'pages.css': 'text/css; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
  'order-page.js': 'text/javascript; charset=utf-8',
  'shop-page.js': 'text/javascript; charset=utf-8',
  'time-words.js': 'text/javascript; charset=utf-8',
  'viewer.js': 'text/javascript; charset=utf-8',
} as const;

/** One of the files in public/. */
export type PublicFileName = keyof typeof MEDIA_TYPES;

/** What is served of it. */
export interface PublicFile {
  readonly mediaType: string;
  readonly contents: Buffer;
}

/**
 * The files that pages load, by names that change with their contents, so that browsers may keep them for ever. All
 * have one hash, for scripts import each other by their names alone.
 */
export class PublicFiles {
  readonly #files: ReadonlyMap<string, PublicFile>;
  /** Of all files. */
  readonly hash: string;

  private constructor(files: ReadonlyMap<string, PublicFile>) {
    this.#files = files;
    const hash = createHash('sha256');
    for (const [name, { contents }] of files) hash.update(`${name} ${contents.length}\n`).update(contents);
    this.hash = hash.digest('hex').slice(0, 16);
  }

  /** Reads them all; they are a few kilobytes. */
  static load(): PublicFiles {
    const entries = Object.entries(MEDIA_TYPES).map(([name, mediaType]): [string, PublicFile] => {
      // By the package's name, for by that a deployed service finds its copy too.
      const url = import.meta.resolve(`@waybill/frontend/public/${name}`);
      return [name, { mediaType, contents: readFileSync(fileURLToPath(url)) }];
    });
    return new PublicFiles(new Map(entries));
  }

  /** Where a page finds one. */
  path(name: PublicFileName): string {
    return `/assets/${this.hash}/${name}`;
  }

  find(name: string): PublicFile | undefined {
    return this.#files.get(name);
  }
}
