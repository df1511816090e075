import { Readable } from 'node:stream';
import { isLoopbackHost } from '@waybill/service-kit';
import { PermanentError, StepNotDoneError } from '@waybill/task-runtime';
import { createTransport } from 'nodemailer';
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
  const domain = /@([^<>@\s]+?)>?$/.exec(from)?.[1];
  if (domain === undefined)
    throw new RangeError('from must be an address such as Waybill <orders@example.com>');

  return {
    async send({ to, subject, text, html, attachments = [], id }, signal) {
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
          from,
          to,
          subject,
          text,
          html,
          attachments: [...attachments],
          messageId,
          signal,
        });
        return { messageId, response: String(sent.response) };
      } catch (error) {
        throw toStepError(withoutAddress(error, to), bodyBegan);
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
  readonly command?: string;
}

/** Servers like to repeat the address in their answers, which become messages; those of causes are logged too. */
function withoutAddress(thrown: unknown, address: string): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const spelled = new RegExp(address.replaceAll(/[^\w@]/g, '\\$&'), 'gi');
  const hide = (text: string): string => text.replaceAll(spelled, 'the recipient');
  // The stack begins with the message as it was.
  if (thrown.stack !== undefined) thrown.stack = hide(thrown.stack);
  thrown.message = hide(thrown.message);
  return thrown;
}

function toStepError(thrown: unknown, bodyBegan: boolean): unknown {
  const error = thrown as SmtpError;
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
