/**
 * An address as limits count it: spellings that usually reach one mailbox are one address. Case does not matter, nor do a
 * `+tag` and the dots before the @.
 */
export function addressForLimits(email: string): string {
  const at = email.lastIndexOf('@');
  const [name = ''] = email.slice(0, at).split('+');
  const mailbox = name.replaceAll('.', '') || email.slice(0, at);
  return `${mailbox}@${email.slice(at + 1).replace(/\.$/, '')}`.normalize('NFC').toLowerCase();
}
