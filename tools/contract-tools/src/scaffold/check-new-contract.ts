import { isOwner, MAX_DEADLINE_SECONDS } from '@waybill/contract-kit';
import { defaultOwner } from '../documents/code-owners.ts';
import { namesOf } from './contract-names.ts';
import type { NewContract } from './contract-sources.ts';
import { type NewContractInput, parseSeconds } from './new-contract-flags.ts';
import { NewContractError, nameProblems, serviceProblems, type Workplace } from './plan-contract.ts';

/** Narrower than Cloud Tasks allows, so that the names of shards can be made from it. */
const QUEUE_NAME = /^[a-z][a-z0-9-]{0,59}$/;

/**
 * Checks the input for a new contract.
 * @param options.queues the queues that there are
 * @param options.found problems of the command line
 * @throws {NewContractError} with all problems
 */
export function checkNewContract(
  input: NewContractInput,
  options: { workplace: Workplace; queues: readonly string[]; found: readonly string[] },
): NewContract & { readonly newService: boolean } {
  const { workplace, queues, found } = options;
  const { name, service = 'worker', newService, delay, deadline, newQueue } = input;
  const queue = newQueue ?? input.queue;
  const owner = input.owner ?? defaultOwner(workplace.rootDir);
  const delaySeconds = delay === undefined ? 0 : parseSeconds(delay);
  const deadlineSeconds = deadline === undefined ? undefined : parseSeconds(deadline);
  const description = input.description?.trim() || sentenceOf(name ?? '');
  const problems = [
    ...found,
    ...serviceProblems(workplace, service, newService),
    ...(name === undefined ? ['give a name, as send-sms-reminder'] : nameProblems(workplace, name, service)),
    ...queueProblems(input, queues),
    ...ownerProblems(owner),
    ...(delaySeconds === undefined ? [`--delay must be like 30s, 15m, 1h or 2d, got "${delay}"`] : []),
    ...(deadline === undefined ? [] : deadlineProblems(deadline, deadlineSeconds)),
    ...(/[\r\n]|\*\//.test(description) ? ['--description must be one line, without */'] : []),
  ];
  if (problems.length > 0) throw new NewContractError(problems);
  return {
    names: namesOf(name ?? ''),
    description,
    owner: owner ?? '',
    queue: queue ?? '',
    isNewQueue: newQueue !== undefined,
    service,
    newService,
    delaySeconds: delaySeconds ?? 0,
    deadlineSeconds,
  };
}

function queueProblems({ queue, newQueue }: NewContractInput, queues: readonly string[]): string[] {
  if (newQueue !== undefined) {
    if (queue !== undefined) return ['give --queue or --new-queue, not both'];
    if (queues.includes(newQueue)) return [`there is a queue "${newQueue}" already: --queue ${newQueue}`];
    if (QUEUE_NAME.test(newQueue)) return [];
    return [`--new-queue must be lower-case letters, digits and hyphens, at most 60, got "${newQueue}"`];
  }
  if (queue === undefined) {
    return [`give a queue: --queue ${queues.join(' | ')}, or --new-queue with a name of your own`];
  }
  if (queues.includes(queue)) return [];
  return [
    `there is no queue "${queue}" in queue-config/queues.yaml; there are ${queues.join(', ')}; --new-queue ${queue} adds it`,
  ];
}

function ownerProblems(owner: string | undefined): string[] {
  if (owner === undefined) return ['give an owner: --owner @org/team; .github/CODEOWNERS has no line for *'];
  return isOwner(owner) ? [] : [`--owner must be like @org/team or ada@example.com, got "${owner}"`];
}

function deadlineProblems(text: string, seconds: number | undefined): string[] {
  if (seconds !== undefined && seconds >= 1 && seconds <= MAX_DEADLINE_SECONDS) return [];
  return [`--deadline must be like 30s or 5m, from 1s to ${MAX_DEADLINE_SECONDS}s, got "${text}"`];
}

/** A name such as `send-sms-reminder` as a sentence. */
function sentenceOf(name: string): string {
  const words = name.split('-').join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
