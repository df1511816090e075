import { invalidArgument, invalidRequest } from './cloud-tasks-error.ts';

/** Checks the account of a token. @throws {CloudTasksError} INVALID_ARGUMENT if it is empty or malformed */
export function checkEmail(email: string): void {
  if (email === '') throw invalidArgument('service_account_email must be set.');
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw invalidRequest();
}
