import type { ContractTerms } from './contract-history.ts';

/** A change of a contract's terms that its queued tasks would notice. */
export interface TermsFinding {
  /** The changed term, as the definition names it: `limits.maxAttempts`. */
  readonly term: string;
  readonly message: string;
}

/** The changes from published terms to present ones that may strand a task. A raised limit or deadline strands none. */
export function compareTerms(published: ContractTerms, present: ContractTerms): readonly TermsFinding[] {
  const findings: TermsFinding[] = [];
  if (published.queue !== present.queue) {
    const message = `queue was "${published.queue}" and is "${present.queue}": tasks wait in the old queue, and the worker refuses them once no contract uses it`;
    findings.push({ term: 'queue', message });
  }
  if (published.service !== present.service) {
    const message = `service was "${published.service}" and is "${present.service}": queued tasks are delivered to the old service, which has no handler any more`;
    findings.push({ term: 'service', message });
  }
  const numbers: readonly (readonly [term: string, before: number, now: number, effect: string])[] = [
    [
      'deadlineSeconds',
      published.deadlineSeconds,
      present.deadlineSeconds,
      'attempts that needed more time are cut off',
    ],
    [
      'limits.maxAttempts',
      published.limits.maxAttempts,
      present.limits.maxAttempts,
      'queued tasks with more attempts become dead letters',
    ],
    [
      'limits.maxAgeSeconds',
      published.limits.maxAgeSeconds,
      present.limits.maxAgeSeconds,
      'older queued tasks become dead letters',
    ],
  ];
  for (const [term, before, now, effect] of numbers) {
    if (now < before) findings.push({ term, message: `${term} was ${before} and is ${now}: ${effect}` });
  }
  return findings;
}
