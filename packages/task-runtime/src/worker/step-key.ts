import { createHash } from 'node:crypto';

/** Providers take at least 255 characters; what a handler adds to a key needs some of them. */
const MAX_KEY_LENGTH = 200;
/** Printable ASCII of at most {@link MAX_KEY_LENGTH} characters. */
const PROVIDER_KEY = /^[\x21-\x7e]{1,200}$/;
/** The longest key that workers used before keys were bounded, and that providers took. */
const MAX_OLD_KEY_LENGTH = 255;

/** The parts of a key for a provider. */
export interface StepKeyParts {
  readonly taskId: string;
  /** The name of the task's contract. */
  readonly contract: string;
  /** The step's name; of a renamed step, the first one that it had. */
  readonly name: string;
  /** The effect that the step names: the same for each task that wants it. Undefined: the effect is the task's own. */
  readonly effect: string | undefined;
  readonly tries: number;
}

/** Makes the key by which a provider recognises a repeat: printable ASCII of at most 200 characters. */
export function stepKey({ taskId, contract, name, effect, tries }: StepKeyParts): string {
  const again = tries === 1 ? '' : `:${tries}`;
  if (effect !== undefined) {
    const bounded = /^[\w.-]{1,64}$/.test(effect) ? effect : hashOf(effect);
    return boundKey(`${contract}.${name}:${bounded}${again}`);
  }
  const key = oldStepKey(taskId, name, tries);
  // Names of tasks from producers without the ledger have up to 500 characters.
  return boundKey(key.length <= MAX_KEY_LENGTH ? key : `${hashOf(taskId)}:${name}${again}`);
}

/** A key that providers take: of one that they may not take, the end is a hash of the whole. */
function boundKey(key: string): string {
  if (PROVIDER_KEY.test(key)) return key;
  const hash = hashOf(key);
  return `${key.replaceAll(/[^\x21-\x7e]/g, '').slice(0, MAX_KEY_LENGTH - hash.length - 1)}:${hash}`;
}

/** The key that a worker used before keys were bounded, and before steps could name their effect. */
export function oldStepKey(taskId: string, name: string, tries: number): string {
  return tries === 1 ? `${taskId}:${name}` : `${taskId}:${name}:${tries}`;
}

/** Whether a provider can have taken a key of an older worker. */
export function isUsableOldKey(key: string): boolean {
  return key.length <= MAX_OLD_KEY_LENGTH;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
