import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startListening } from '@waybill/emulator-kit';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Mail } from './mail.ts';
import { MailStore, readMailbox } from './mail-store.ts';

/** Settings of {@link startMailbox}. */
export interface MailboxOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  /** Where mails are kept; without it in a temporary folder that `close` removes. */
  dataDir?: string;
  /** Milliseconds since the epoch, for `receivedAt`. Default: the machine's clock. */
  nowMs?: () => number;
  /** The most bytes of a message; default 10 MB. */
  sizeLimitBytes?: number;
  /** How long a connection is left without an answer after a mail to `silent@…`; default 60 s. */
  hangMs?: number;
}

/** A mailbox that listens. */
export interface Mailbox {
  readonly host: string;
  readonly port: number;
  /** All mails, oldest first. */
  messages(): Promise<Mail[]>;
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;
const IDLE_TIMEOUT_MS = 60_000;
const MAX_CLIENTS = 50;
const MAX_RECIPIENTS = 100;

/** The recipients that are refused on purpose, by what stands before the `@`. */
const refusals: Readonly<Record<string, { responseCode: number; message: string }>> = {
  bounce: {
    responseCode: 550,
    message: 'No such mailbox (the recipient bounce@ is refused for good, on purpose)',
  },
  busy: {
    responseCode: 451,
    message: 'Try again later (the recipient busy@ is refused for now, on purpose)',
  },
};
/** Its mail is kept, but not acknowledged: the sender can't know. */
const UNACKNOWLEDGED = 'silent';

/**
 * Starts an SMTP server that keeps every mail and sends none on: no authentication, no TLS. A mail is on disk before it
 * is acknowledged. To try out trouble: `bounce@…` is refused with 550, `busy@…` with 451, and a mail to `silent@…` is
 * kept but never acknowledged; its connection is closed after `hangMs`.
 *
 * @throws {PortTakenError} if the port is in use
 */
export async function startMailbox(options: MailboxOptions): Promise<Mailbox> {
  const { host = '127.0.0.1', nowMs = Date.now, sizeLimitBytes = 10_000_000, hangMs = 60_000 } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'mailbox-')));
  const store = await MailStore.open(dataDir, nowMs);
  const removeTemporary = async () => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };

  const server = new SMTPServer({
    banner: 'Waybill mailbox: keeps mails, sends none on',
    // Nothing but loopback: no look-up of the client's name.
    disableReverseLookup: true,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    size: sizeLimitBytes,
    maxClients: MAX_CLIENTS,
    socketTimeout: IDLE_TIMEOUT_MS,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onRcptTo({ address }, session, done) {
      const refusal = refusals[localPart(address)];
      if (refusal) return done(smtpError(refusal.responseCode, refusal.message));
      if (session.envelope.rcptTo.length >= MAX_RECIPIENTS)
        return done(smtpError(452, 'Too many recipients'));
      return done();
    },
    onData(stream, session, done) {
      receive(stream, session).then(
        (error) => {
          const silent = session.envelope.rcptTo.some(({ address }) => localPart(address) === UNACKNOWLEDGED);
          if (error || !silent) done(error);
          else closeLater(session);
        },
        (error: unknown) => done(smtpError(452, `The mail could not be kept: ${String(error)}`)),
      );
    },
  });

  function closeLater({ id }: SMTPServerSession): void {
    setTimeout(() => {
      for (const connection of server.connections) if (connection.id === id) connection.close();
    }, hangMs).unref();
  }

  async function receive(
    stream: SMTPServerDataStream,
    { envelope, remoteAddress }: SMTPServerSession,
  ): Promise<Error | undefined> {
    const kept = await store.add(
      {
        from: envelope.mailFrom ? envelope.mailFrom.address : '',
        recipients: envelope.rcptTo.map(({ address }) => address),
        client: `[${remoteAddress}]`,
      },
      stream,
      () => !stream.sizeExceeded,
    );
    return kept ? undefined : smtpError(552, `The mail has more than ${sizeLimitBytes} bytes`);
  }

  // Connections that break off report here: their mail wasn't acknowledged, so nothing is lost. A port that can't be
  // had does too, beside the error of `listen`.
  server.on('error', () => {});
  const port = await startListening(server.server, host, options.port).catch(async (error: unknown) => {
    await removeTemporary();
    throw error;
  });
  let closed: Promise<void> | undefined;
  return {
    host,
    port,
    messages: () => readMailbox(dataDir),
    close() {
      closed ??= new Promise<void>((resolve) => server.close(resolve)).then(removeTemporary);
      return closed;
    },
  };
}

function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@')).toLowerCase();
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
