import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { badRequest, notFound, queryOf, type Route } from './stand-in-routes.ts';

/** Cloud Storage with one bucket; an object is named by the SHA-1 sum of its bytes. */
export interface StorageAdmin {
  readonly routes: readonly Route[];
  /** The bytes of each object. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Begins a resumable upload of the object that the request names. @returns the path to send its bytes to */
  beginUpload(request: IncomingMessage): string;
}

/** Starts empty. It takes uploads only if their bytes have the sum that they are named by. */
export function createStorageAdmin(bucket: string): StorageAdmin {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, string>();
  const store = (name: string, bytes: Buffer): object => {
    if (sha1(bytes) !== name) throw badRequest(`the bytes of ${name} have another sum`);
    objects.set(name, bytes);
    return { kind: 'storage#object', name, bucket, size: String(bytes.length), generation: '1' };
  };
  const bucketPath = `/storage/v1/b/${bucket.replaceAll('.', '\\.')}`;
  return {
    objects,
    routes: [
      [new RegExp(`^GET ${bucketPath}$`), () => ({ name: bucket })],
      [new RegExp(`^GET ${bucketPath}/o$`), () => ({ kind: 'storage#objects' })],
      [
        /^POST \/upload\/storage\/v1\/b\/[^/]+\/o$/,
        (_match, body, request) => {
          const name = queryOf(request, 'name');
          return store(name, contentOfMultipart(body, request, name));
        },
      ],
      [
        /^PUT \/resumable\/(\d+)$/,
        ([id = ''], body) => {
          const name = uploads.get(id);
          if (name === undefined) throw notFound('upload');
          return store(name, body);
        },
      ],
    ],
    beginUpload(request) {
      const id = String(uploads.size);
      uploads.set(id, queryOf(request, 'name'));
      return `resumable/${id}`;
    },
  };
}

/** The second part of a multipart/related body, in the shape that gcloud sends: LF line ends, the boundary in quotes. */
function contentOfMultipart(body: Buffer, request: IncomingMessage, name: string): Buffer {
  const boundary = /boundary=['"]?([^'";]+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const second = body.indexOf(`--${boundary}`, body.indexOf(`--${boundary}`) + 1);
  const end = body.lastIndexOf(`--${boundary}--`);
  for (const lineEnd of ['\n', '\r\n']) {
    const start = body.indexOf(lineEnd.repeat(2), second) + 2 * lineEnd.length;
    const content = body.subarray(start, end - lineEnd.length);
    if (sha1(content) === name) return content;
  }
  throw badRequest(`no part of the body has the sum ${name}`);
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
