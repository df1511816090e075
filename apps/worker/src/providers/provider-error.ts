/** A code: no spaces and no `@`, so that it holds neither a sentence nor an address. */
const CODE = /^[A-Za-z0-9_.-]{1,64}$/;
const OTHER = 'other';

/**
 * A provider's error, reduced to its codes. Texts of providers name addresses and payment methods, and errors are
 * logged with their causes and stored with the task.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  /**
   * @param provider the name for operators
   * @param codes the codes by their names; a code that has not the form of one becomes "other"
   */
  constructor(provider: string, codes: Readonly<Record<string, unknown>>) {
    const parts = Object.entries(codes).flatMap(([name, value]) => {
      const code = codeOf(value);
      return code === undefined ? [] : [`${name} ${code}`];
    });
    super([provider, ...parts].join(', '));
  }
}

/** The code in a member of a provider's error; undefined where there is none, "other" where it is a text. */
export function codeOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : OTHER;
  return CODE.test(text) ? text : OTHER;
}
