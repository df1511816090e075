/** `a…@example.com`, nothing of an erased one: enough for its owner to know it, not enough to write to. */
export function maskedEmail(email: string): string {
  if (email === '') return '';
  const at = email.lastIndexOf('@');
  return `${[...email][0] ?? ''}…${email.slice(at)}`;
}
