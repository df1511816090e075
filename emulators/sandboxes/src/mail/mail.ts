import PostalMime, { type Address } from 'postal-mime';

/** A mail that the mailbox has taken. Addresses are plain: `ada@example.com`. */
export interface Mail {
  /** The sender of the `From` header. */
  readonly from: string;
  /** The addresses of the `To` header. */
  readonly to: readonly string[];
  /** Those whom the mail was handed over for, `Bcc` included. */
  readonly recipients: readonly string[];
  readonly subject: string;
  /** With its angle brackets; empty if there is none. */
  readonly messageId: string;
  /** The `Date` header in ISO 8601, as it is if it can't be read; absent if there is none. */
  readonly date?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly mimeType: string;
    readonly sizeBytes: number;
  }[];
  /** When the mailbox took it, ISO 8601. */
  readonly receivedAt: string;
  /** Where it is kept. */
  readonly file: string;
}

/** Parses a kept mail: its own headers, and the trace headers that the store put before them. */
export async function parseMail(stored: {
  file: string;
  receivedAtMs: number;
  content: Buffer;
}): Promise<Mail> {
  const email = await PostalMime.parse(stored.content);
  // A forwarded message may bring such headers of its own, below the store's `Received`.
  const ownHeaders = email.headers.slice(
    0,
    email.headers.findIndex(({ key }) => key === 'received'),
  );
  return {
    from: addressesOf(email.from ? [email.from] : [])[0] ?? '',
    to: addressesOf(email.to ?? []),
    recipients: ownHeaders.filter(({ key }) => key === 'delivered-to').map(({ value }) => value),
    subject: email.subject ?? '',
    messageId: email.messageId ?? '',
    ...(email.date !== undefined && { date: email.date }),
    ...(email.text !== undefined && { text: email.text }),
    ...(email.html !== undefined && { html: email.html }),
    attachments: email.attachments.map(({ filename, mimeType, content }) => ({
      filename: filename ?? '',
      mimeType,
      sizeBytes: typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength,
    })),
    receivedAt: new Date(stored.receivedAtMs).toISOString(),
    file: stored.file,
  };
}

function addressesOf(addresses: readonly Address[]): string[] {
  return addresses.flatMap(({ address, group }) =>
    group ? group.map((member) => member.address) : [address],
  );
}
