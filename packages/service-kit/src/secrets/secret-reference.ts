/** The place of a secret's value. */
export type SecretReference =
  /** A version in Secret Manager, by its full name: `projects/…/secrets/…/versions/…`. */
  | { readonly kind: 'secret-manager'; readonly version: string }
  /** A file of this machine, by its absolute path. */
  | { readonly kind: 'file'; readonly path: string };

/** A value that means to be a reference, right or wrong. No secret begins like this. */
const REFERENCE = /^secret(-file)?:/i;
const IN_SECRET_MANAGER =
  /^secret:\/\/(projects\/[a-z0-9][a-z0-9:.-]*\/secrets\/[A-Za-z0-9_-]{1,255}\/versions\/(?:latest|[1-9]\d*|[a-z][a-z0-9_-]{0,62}))$/;

/** The forms of a reference, as an error names them. */
export const REFERENCE_FORMS =
  'secret://projects/PROJECT/secrets/NAME/versions/latest, or secret-file:///absolute/path';

/** Whether the text of a variable refers to a secret rather than being the value. */
export function isSecretReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Reads a reference; undefined for a wrong one. */
export function parseSecretReference(text: string): SecretReference | undefined {
  const version = IN_SECRET_MANAGER.exec(text)?.[1];
  if (version !== undefined) return { kind: 'secret-manager', version };
  const path = /^secret-file:\/\/(\/[^\0]+)$/.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'file', path };
}
