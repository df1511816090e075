import { Readable } from 'node:stream';
import { isLoopbackHost } from '@waybill/service-kit';
import { PermanentError, StepNotDoneError } from '@waybill/task-runtime';
import { createTransport } from 'nodemailer';
import { ProviderError } from '../providers/provider-error.ts';
import { isMailAddress, parseMailAddress } from './mail-address.ts';
import { type Mailer, MailServerError } from './mailer.ts';

/** Settings of {@link createSmtpMailer}. */
export interface SmtpMailerOptions {
  /** `smtp://host:25`, `smtps://user:password@host:465`. */
  readonly url: URL;
  /** `Waybill <orders@example.com>` */
  readonly from: string;
  /** How long to wait for the connection, for the greeting, and for each answer. Default 10 s. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends mails by SMTP, one connection each. Without TLS nothing leaves this machine, and no password is sent: a server that
 * offers no STARTTLS then gets neither password nor mail.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const { url, from, timeoutMs = 10_000 } = options;
  // nodemailer reads a query as options, which would win over those below.
  const server = new URL(url);
  server.search = '';
  const sender = parseMailAddress(from);
  if (sender === undefined)
    throw new RangeError('from must be an address such as Waybill <orders@example.com>');

  const domain = sender.address.slice(sender.address.indexOf('@') + 1);

  return {
    async send({ to, subject, text, html, attachments = [], id }, signal) {
      if (!isMailAddress(to))
        throw notDone(new PermanentError('RECIPIENT_REFUSED', 'The recipient is not one bare address'));
      const messageId = `<${id}@${domain}>`;
      let bodyBegan = false;
      const transport = createTransport({
        url: server.href,
        requireTLS: needsTls(url),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      // The body is first read when the server has asked for it (354). nodemailer's errors don't tell a connection
      // that broke before that from one that broke after.
      transport.use('stream', (mail, done) => {
        const { message } = mail;
        const createReadStream = message.createReadStream.bind(message);
        message.createReadStream = (...parameters) => {
          const body = async function* () {
            bodyBegan = true;
            yield* createReadStream(...parameters);
          };
          return Readable.from(body(), { objectMode: false }) as ReturnType<typeof createReadStream>;
        };
        done();
      });
      try {
        const sent = await transport.sendMail({
          // As objects: nodemailer parses a text as a list, in which a name can become an address.
          from: sender,
          to: { name: '', address: to },
          subject,
          text,
          html,
          attachments: [...attachments],
          messageId,
          signal,
        });
        return { messageId, response: codesOfResponse(sent.response) };
      } catch (error) {
        throw toStepError(reduced(error), bodyBegan);
      } finally {
        transport.close();
      }
    },
  };
}

function needsTls(url: URL): boolean {
  return url.username !== '' || url.password !== '' || !isLoopbackHost(url.hostname);
}

/** What nodemailer adds to its errors: the server's answer, and the command it was to. */
interface SmtpError extends Error {
  /** `ETLS` where the connection could not be encrypted. */
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
}

/** The server's text names addresses, and is logged with the error that it causes. */
function reduced(thrown: unknown): SmtpError {
  const { code, responseCode, response, command } = (thrown ?? {}) as Partial<SmtpError>;
  const error = new ProviderError('mail server', {
    code,
    response: responseCode,
    status: enhancedStatus(response),
    command: command?.replaceAll(' ', '_'),
  });
  return Object.assign(error, {
    ...(code !== undefined && { code }),
    ...(responseCode !== undefined && { responseCode }),
    ...(command !== undefined && { command }),
  });
}

/** RFC 3463: `5.1.1`. */
function enhancedStatus(response: unknown): string | undefined {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
}

/** The codes with which a server took a mail. Its text may name the recipient. */
function codesOfResponse(response: unknown): string {
  return /^\d{3}(?: [245]\.\d{1,3}\.\d{1,3}\b)?/.exec(String(response))?.[0] ?? '';
}

function toStepError(error: SmtpError, bodyBegan: boolean): Error {
  const { responseCode, command } = error;
  if (error.code === 'ETLS') {
    return notDone(
      new MailServerError(
        'The mail server does not encrypt the connection, and in clear text nothing is sent: SMTP_URL must name one with STARTTLS, or smtps://',
        { cause: error },
      ),
    );
  }
  if (responseCode === undefined && bodyBegan) return error;
  const isFinal = responseCode !== undefined && responseCode >= 500;
  if (isFinal && command === 'RCPT TO') {
    return notDone(
      new PermanentError('RECIPIENT_REFUSED', `The mail server refuses the recipient (${responseCode})`, {
        cause: error,
      }),
    );
  }
  if (isFinal && bodyBegan) {
    return notDone(
      new PermanentError('MESSAGE_REFUSED', `The mail server refuses the message (${responseCode})`, {
        cause: error,
      }),
    );
  }
  // A 5xx to anything else (our name, our password, our address) is ours to fix; the mail can wait.
  const outcome = responseCode === undefined ? 'did not take the mail' : `answered ${responseCode}`;
  return notDone(
    new MailServerError(`The mail server ${outcome}${command ? ` at ${command}` : ''}`, { cause: error }),
  );
}

function notDone(cause: Error): StepNotDoneError {
  return new StepNotDoneError('The mail was not sent', { cause });
}
