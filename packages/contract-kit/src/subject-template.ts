const TEMPLATE = /^[A-Za-z][A-Za-z0-9_-]*\/([^/{}]|\{[^/{}]+\})+$/;
const MEMBER = /\{([^/{}]+)\}/g;
const SUBJECT = /^[^/]+\/[^/]+$/;
const MAX_SUBJECT_LENGTH = 500;

/** Whether a text can be the subject of a task: `<collection>/<id>`. */
export function isSubject(text: string): boolean {
  return SUBJECT.test(text) && text.length <= MAX_SUBJECT_LENGTH;
}

/** All problems of a subject's template: its form, and members that a payload need not have. */
export function subjectProblems(template: string, schema: object): string[] {
  if (typeof template !== 'string' || !TEMPLATE.test(template)) {
    return [`subject must be "<collection>/{<member>}", got ${JSON.stringify(template)}`];
  }
  const { properties = {}, required = [] } = schema as {
    properties?: Readonly<Record<string, unknown>>;
    required?: readonly string[];
  };
  const members = membersOf(template);
  if (members.length === 0) return ['subject must name a member of the payload in braces'];
  return members.flatMap((member) => {
    if (!Object.hasOwn(properties, member) || !required.includes(member)) {
      return [`subject: "${member}" is no required member of the payload`];
    }
    const { type } = (properties[member] ?? {}) as { type?: unknown };
    const isText = type === 'string' || type === 'integer';
    return isText ? [] : [`subject: "${member}" must be of type string or integer`];
  });
}

/**
 * Makes a subject from a payload.
 * @returns undefined if a member is missing, or the result is no subject
 */
export function subjectFrom(template: string, payload: unknown): string | undefined {
  const members = (payload ?? {}) as Readonly<Record<string, unknown>>;
  let isComplete = true;
  const subject = template.replace(MEMBER, (_braces, member: string) => {
    const value = Object.hasOwn(members, member) ? members[member] : undefined;
    const isText = (typeof value === 'string' && value !== '') || Number.isInteger(value);
    if (!isText) isComplete = false;
    return String(value);
  });
  return isComplete && isSubject(subject) ? subject : undefined;
}

function membersOf(template: string): string[] {
  return [...template.matchAll(MEMBER)].map(([, member = '']) => member);
}
