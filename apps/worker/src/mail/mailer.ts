/** A file that goes with a mail. */
export interface MailAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** A mail, as text and as HTML, of which the reader's program shows one. */
export interface Mail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Default: none. */
  readonly attachments?: readonly MailAttachment[] | undefined;
  /** Of the Message-ID, what stands before the @: the same for each try, so that a mailbox can recognise a repeat. */
  readonly id: string;
}

/** The codes with which the mail server took a mail. */
export interface SentMail {
  readonly messageId: string;
  readonly response: string;
}

/** Hands mails to a mail server. */
export interface Mailer {
  /**
   * Sends one mail. SMTP can't tell a repeat from a new mail, so its errors say whether there may be a repeat:
   * @throws {StepNotDoneError} if it was certainly not taken. Its cause is a {@link PermanentError} where another try
   *   would be refused too (RECIPIENT_REFUSED, MESSAGE_REFUSED)
   * @throws any other error if it may have been taken
   */
  send(mail: Mail, signal: AbortSignal): Promise<SentMail>;
}

/** The mail server could not be reached, or did not want to do it now. */
export class MailServerError extends Error {
  override readonly name = 'MailServerError';
  readonly code = 'MAIL_SERVER_UNAVAILABLE';
  readonly retryable = true;
}
