/** The forms of a contract's name in the code. */
export interface ContractNames {
  /** `send-sms-reminder` */
  readonly kebab: string;
  /** `sendSmsReminder` */
  readonly camel: string;
  /** `SendSmsReminder` */
  readonly pascal: string;
}

/** The forms of a contract's name. */
export function namesOf(kebab: string): ContractNames {
  const pascal = kebab
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return { kebab, pascal, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1) };
}
