/** A mail address with the name that readers see. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

const MAILBOX = /^[^\s<>()[\],:;"\\@]+@[^\s<>()[\],:;"\\@]+$/;

/** Whether a text is one bare address: no list, no group, no display name, no quotes. */
export function isMailAddress(text: string): boolean {
  return MAILBOX.test(text);
}

/**
 * Reads `Waybill <orders@example.com>` or a bare address. Whatever the name holds stays a name: a mail library that is given
 * the text instead would take `Team: a@example.org; <orders@example.com>` for a group with another sender.
 * @returns undefined if the text is neither
 */
export function parseMailAddress(text: string): MailAddress | undefined {
  const [, name = '', address = text] = /^([^<>\r\n]*)<([^<>]*)>$/.exec(text) ?? [];
  if (!isMailAddress(address)) return undefined;
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address };
}
