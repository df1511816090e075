import { isDelay, isSubject, MAX_DELAY_SECONDS, type TaskContract } from '@waybill/contract-kit';
import type { CallSite } from '../call-site.ts';
import { TaskRefusedError } from '../errors.ts';

/** The subject, time and route of an enqueued task. */
export interface EnqueueOptions {
  /**
   * The thing that the task is about, e.g. `orders/5f0c…`; by it the tasks of one thing are found together. Default: what
   * its contract makes of the payload; without that, the subject of the task that enqueues it.
   */
  readonly subject?: string;
  /** The delay of its delivery after this transaction, in seconds, up to ten years. Default: its contract's own delay. */
  readonly delaySeconds?: number;
  /** The same as a point in time. In the past: at once. */
  readonly notBefore?: Date;
  /** Two tasks of one contract with the same key are one task; at most 500 characters. Default: no key. */
  readonly dedupeKey?: string;
  /** The App Engine version whose worker is to do it; for immediate tasks only. Default: the one that serves. */
  readonly version?: string;
}

const MAX_DEDUPE_KEY_LENGTH = 500;
const OPTIONS = ['subject', 'delaySeconds', 'notBefore', 'dedupeKey', 'version'];
/** A version's id in App Engine. */
const VERSION = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Checks what a producer asks for.
 * @param options.subject the task's subject, wherever it is from; null: there is none
 * @throws {TaskRefusedError} naming the first problem
 */
export function checkEnqueueOptions(
  contract: TaskContract,
  options: Omit<EnqueueOptions, 'subject'> & { readonly subject: string | null },
  place: CallSite,
): void {
  const { subject, delaySeconds, notBefore, dedupeKey, version } = options;
  const refuse = (problem: string): never => {
    throw new TaskRefusedError(contract.name, `${problem}${place}`);
  };
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined)
    refuse(`there is no option ${JSON.stringify(unknown)}: use ${OPTIONS.join(', ')}`);
  if (subject === null) refuse('give its subject, or give its contract a subject template');
  if (subject !== null && !(typeof subject === 'string' && isSubject(subject) && subject.isWellFormed()))
    refuse('its subject must be "<collection>/<id>"');
  if (delaySeconds !== undefined && notBefore !== undefined)
    refuse('give delaySeconds or notBefore, not both');
  if (delaySeconds !== undefined && !isDelay(delaySeconds)) {
    refuse(
      `delaySeconds must be a number from 0 to ${MAX_DELAY_SECONDS} (ten years), got ${String(delaySeconds)}`,
    );
  }
  if (notBefore !== undefined) checkTime(notBefore, refuse);
  if (dedupeKey !== undefined) checkDedupeKey(dedupeKey, refuse);
  if (version !== undefined && !(typeof version === 'string' && VERSION.test(version))) {
    refuse('version must be the id of an App Engine version: lower-case letters, digits and hyphens');
  }
  const isDelayed = delaySeconds !== undefined || notBefore !== undefined || contract.delaySeconds > 0;
  if (version !== undefined && isDelayed) {
    refuse('a delayed task follows the version that serves when it is due: leave its version out');
  }
}

/** The last time that Firestore holds: the end of the year 9999. */
const MAX_TIME_MS = 253_402_300_799_999;

function checkTime(notBefore: Date, refuse: (problem: string) => never): void {
  const atMs = notBefore instanceof Date ? notBefore.getTime() : Number.NaN;
  if (Number.isNaN(atMs)) refuse('notBefore must be a valid Date');
  if (atMs > MAX_TIME_MS) refuse('notBefore must be before the year 10000');
}

function checkDedupeKey(dedupeKey: string, refuse: (problem: string) => never): void {
  if (typeof dedupeKey !== 'string') refuse(`dedupeKey must be a text, got ${typeof dedupeKey}`);
  if (dedupeKey.length === 0 || dedupeKey.length > MAX_DEDUPE_KEY_LENGTH) {
    refuse(`dedupeKey must have 1 to ${MAX_DEDUPE_KEY_LENGTH} characters, got ${dedupeKey.length}`);
  }
  // In UTF-8 it would be another key's, and the second task would be lost.
  if (!dedupeKey.isWellFormed()) refuse('dedupeKey must be well-formed text, and has half of a character');
}
