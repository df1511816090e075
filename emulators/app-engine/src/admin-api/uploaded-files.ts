import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { badRequest, notFound } from './admin-api-error.ts';
import type { AdminCall, AdminRoute } from './admin-route.ts';

const SHA1 = /^[0-9a-f]{40}$/;

/** The bucket that gcloud uploads files to before a deployment. A file is named by the SHA-1 sum of its bytes. */
export class UploadedFiles {
  readonly #folder: string;
  readonly #bucket: string;
  readonly #baseUrl: () => string;
  /** Names of files whose bytes follow in another request, by the number of the upload. */
  readonly #announced = new Map<string, string>();

  /** @param options.folder keeps the files; gcloud does not send again what is there */
  constructor(options: { folder: string; bucket: string; baseUrl: () => string }) {
    this.#folder = options.folder;
    this.#bucket = options.bucket;
    this.#baseUrl = options.baseUrl;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  get routes(): readonly AdminRoute[] {
    const bucket = `/storage/v1/b/${this.#bucket.replaceAll('.', '\\.')}`;
    return [
      [new RegExp(`^GET ${bucket}$`), () => ({ kind: 'storage#bucket', name: this.#bucket })],
      [new RegExp(`^GET ${bucket}/o$`), () => this.#list()],
      [/^POST \/upload\/storage\/v1\/b\/[^/]+\/o$/, (call) => this.#upload(call)],
      [/^POST \/resumable\/upload\/storage\/v1\/b\/[^/]+\/o$/, (call) => this.#announce(call)],
      [/^PUT \/resumable\/(\d+)$/, (call) => this.#uploadAnnounced(call)],
    ];
  }

  /**
   * Writes the files of a version into a folder.
   * @throws {AdminApiError} for a file that was not uploaded, or whose path leaves the folder
   */
  restore(files: Readonly<Record<string, { sha1Sum?: string; sourceUrl?: string }>>, folder: string): void {
    for (const [path, { sha1Sum = '', sourceUrl = '' }] of Object.entries(files)) {
      const sum = sha1Sum.replaceAll('_', '') || (sourceUrl.split('/').at(-1) ?? '');
      const source = join(this.#folder, sum);
      if (!SHA1.test(sum) || !existsSync(source)) throw badRequest(`The file ${path} was not uploaded`);
      const target = resolve(folder, path);
      if (!target.startsWith(folder + sep)) throw badRequest(`The path ${path} leaves the version's folder`);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(source, target);
    }
  }

  #list(): object {
    const items = readdirSync(this.#folder).map((name) => ({
      kind: 'storage#object',
      name,
      bucket: this.#bucket,
    }));
    return { kind: 'storage#objects', items };
  }

  #upload(call: AdminCall): object {
    const name = nameOf(call);
    return this.#store(name, contentOfMultipart(call, name));
  }

  #announce(call: AdminCall): object {
    const id = String(this.#announced.size + 1);
    this.#announced.set(id, nameOf(call));
    return { headers: { Location: `${this.#baseUrl()}resumable/${id}` } };
  }

  #uploadAnnounced({ groups: [id = ''], body }: AdminCall): object {
    const name = this.#announced.get(id);
    if (name === undefined) throw notFound(`The upload ${id}`);
    return this.#store(name, body);
  }

  #store(name: string, bytes: Buffer): object {
    if (sha1(bytes) !== name) throw badRequest(`The bytes of ${name} have another SHA-1 sum`);
    writeFileSync(join(this.#folder, name), bytes, { mode: 0o600 });
    const size = String(bytes.length);
    return { kind: 'storage#object', name, bucket: this.#bucket, size, generation: '1' };
  }
}

function nameOf({ query }: AdminCall): string {
  const name = query.get('name') ?? '';
  if (!SHA1.test(name)) throw badRequest(`A file is named by its SHA-1 sum, got ${JSON.stringify(name)}`);
  return name;
}

/** The second part of a multipart/related body. gcloud ends lines with LF alone, and writes the boundary in quotes. */
function contentOfMultipart({ headers, body }: AdminCall, name: string): Buffer {
  const boundary = /boundary=['"]?([^'";]+)/.exec(String(headers['content-type'] ?? ''))?.[1] ?? '';
  const second = body.indexOf(`--${boundary}`, body.indexOf(`--${boundary}`) + 1);
  const end = body.lastIndexOf(`--${boundary}--`);
  for (const lineEnd of ['\n', '\r\n']) {
    const start = body.indexOf(lineEnd.repeat(2), second) + 2 * lineEnd.length;
    const content = body.subarray(start, end - lineEnd.length);
    if (sha1(content) === name) return content;
  }
  throw badRequest(`No part of the body has the SHA-1 sum ${name}`);
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
