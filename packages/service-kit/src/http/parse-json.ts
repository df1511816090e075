import { duplicateMember } from './duplicate-member.ts';
import { ServiceError } from './service-error.ts';

/**
 * Parses JSON that comes from outside.
 * @param refusal the error for a text that is not JSON; `subject` begins its message: `The body`
 * @throws {ServiceError} `DUPLICATE_MEMBER` with its JSON pointer for a member that is there twice; else naming the position
 *   alone. V8's own message repeats a part of the text, which may hold
 *   personal data.
 */
export function parseJson(text: string, refusal: { code: string; status: number; subject: string }): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { code, status, subject } = refusal;
    const position = /at position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    const message = `${subject} is not valid JSON${position === undefined ? '' : ` ${position}`}`;
    throw new ServiceError({ code, status, message });
  }
  const pointer = duplicateMember(text);
  if (pointer === undefined) return value;
  throw new ServiceError({
    code: 'DUPLICATE_MEMBER',
    status: refusal.status,
    message: `${refusal.subject} has the member ${pointer} twice: send each member once`,
    problem: { errors: [{ pointer, message: 'is there twice' }] },
  });
}
