import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '@waybill/emulator-kit';
import { type Mail, parseMail } from './mail.ts';

const INCOMING = 'incoming';
const SUFFIX = '.eml';

/** What an SMTP client said before the message itself. */
export interface Envelope {
  readonly from: string;
  readonly recipients: readonly string[];
  /** The client, as `Received` names it. */
  readonly client: string;
}

/**
 * Mails as files, one each, which any mail program opens: `<time>-<number>-<random>.eml`, the names in the order of
 * arrival. A mail is there whole or not at all, and what `add` has taken survives a killed process or machine.
 */
export class MailStore {
  readonly #dataDir: string;
  readonly #nowMs: () => number;
  #count = 0;

  private constructor(dataDir: string, nowMs: () => number) {
    this.#dataDir = dataDir;
    this.#nowMs = nowMs;
  }

  /** Opens the folder, made if it is missing; what a killed process left unfinished is removed. */
  static async open(dataDir: string, nowMs: () => number): Promise<MailStore> {
    await rm(join(dataDir, INCOMING), { recursive: true, force: true });
    makePrivateFolder(join(dataDir, INCOMING));
    return new MailStore(dataDir, nowMs);
  }

  /**
   * Keeps a message: on disk, under its name, once this resolves. `accepted` is asked when the content has been read
   * to its end; if it says no, nothing is kept. The content is always read to its end.
   */
  async add(envelope: Envelope, content: AsyncIterable<Buffer>, accepted: () => boolean): Promise<boolean> {
    const receivedAtMs = this.#nowMs();
    const name = this.#nextName(receivedAtMs);
    const incoming = join(this.#dataDir, INCOMING, name);
    try {
      const kept = await this.#write(incoming, traceHeaders(envelope, receivedAtMs), content, accepted);
      if (kept) {
        await rename(incoming, join(this.#dataDir, name));
        await syncFolder(this.#dataDir);
      }
      return kept;
    } finally {
      await rm(incoming, { force: true });
    }
  }

  async #write(
    path: string,
    head: string,
    content: AsyncIterable<Buffer>,
    accepted: () => boolean,
  ): Promise<boolean> {
    let failure: unknown;
    const file = await open(path, 'wx', PRIVATE_FILE_MODE).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    try {
      await file?.write(head);
      for await (const chunk of content) {
        // An SMTP client listens only after its last byte, so what isn't kept must be read all the same.
        if (failure !== undefined || !accepted()) continue;
        await file?.write(chunk).catch((error: unknown) => {
          failure = error;
        });
      }
      if (failure !== undefined) throw failure;
      if (!accepted()) return false;
      await file?.sync();
      return true;
    } finally {
      await file?.close();
    }
  }

  #nextName(receivedAtMs: number): string {
    const number = String(this.#count++).padStart(6, '0');
    return `${String(receivedAtMs).padStart(15, '0')}-${number}-${randomBytes(4).toString('hex')}${SUFFIX}`;
  }
}

/**
 * Reads the mails that a mailbox keeps in a folder, oldest first; none if the folder is missing. Needs no server, and
 * may run while one adds mails.
 */
export async function readMailbox(dataDir: string): Promise<Mail[]> {
  const names = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const mails: Mail[] = [];
  for (const name of names.filter((each) => each.endsWith(SUFFIX)).sort()) {
    const file = join(dataDir, name);
    mails.push(
      await parseMail({ file, receivedAtMs: Number(name.split('-')[0]), content: await readFile(file) }),
    );
  }
  return mails;
}

/** What the last mail server on the way adds: by it, the file alone says who it was for. Source: RFC 5321, 4.4. */
function traceHeaders({ from, recipients, client }: Envelope, receivedAtMs: number): string {
  return [
    `Return-Path: <${from}>`,
    ...recipients.map((recipient) => `Delivered-To: ${recipient}`),
    `Received: from ${client} by waybill-mailbox with SMTP; ${new Date(receivedAtMs).toUTCString()}`,
    '',
  ].join('\r\n');
}

/** A renamed file is only safe once its folder is on disk too. Windows can't open folders, and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
