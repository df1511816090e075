import { type FirestoreError, invalidArgument } from '../firestore-error.ts';
import type { Micros } from '../values/timestamp.ts';
import type { Write } from './decode-write.ts';

/** Ways to write a document, as the real service's error texts name them. */
type Mutation = 'upsert' | 'update' | 'insert' | 'delete' | 'verify';

/** The writes of one document so far. */
interface Earlier {
  readonly mutation: Mutation;
  readonly version: Micros | undefined;
}

/**
 * Refuses writes of one commit that contradict each other whatever the data is.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkWrites(writes: readonly Write[]): void {
  if (writes.length < 2) return;
  const documents = new Map<string, Earlier>();
  for (const write of writes) {
    const { name } = write.name;
    const earlier = documents.get(name);
    if (earlier === undefined)
      documents.set(name, { mutation: mutationOf(write), version: versionOf(write) });
    else documents.set(name, joined(earlier, write));
  }
}

/** @throws {FirestoreError} if the write contradicts the earlier ones */
function joined(earlier: Earlier, write: Write): Earlier {
  const mutation = mutationOf(write);
  if (earlier.mutation === 'verify' || mutation === 'verify') throw verified(earlier.mutation, mutation);
  const isGone = earlier.mutation === 'delete';
  const expected = expectedExistence(write);
  if (expected !== undefined && expected === isGone) {
    throw invalidArgument(`Cannot ${earlier.mutation} then ${mutation} an entity in the same request.`);
  }
  const version = versionOf(write);
  if (version !== undefined && version !== earlier.version) {
    throw invalidArgument(
      'Cannot collapse mutations with different version preconditions ' +
        `(${versionText(earlier.version)} and ${versionText(version)})`,
    );
  }
  const isChange = !isGone && mutation !== 'delete';
  return { mutation: isChange ? earlier.mutation : mutation, version: earlier.version };
}

function mutationOf(write: Write): Mutation {
  if (write.kind !== 'set') return write.kind;
  const expected = expectedExistence(write);
  if (expected === undefined) return 'upsert';
  return expected ? 'update' : 'insert';
}

/** Whether the document has to exist before the write; undefined if either will do. */
function expectedExistence({ precondition }: Write): boolean | undefined {
  if (precondition?.kind === 'updateTime') return true;
  return precondition?.exists;
}

function versionOf({ precondition }: Write): Micros | undefined {
  return precondition?.kind === 'updateTime' ? precondition.updateMicros : undefined;
}

function versionText(version: Micros | undefined): string {
  return version === undefined
    ? 'null'
    : `VersionPrecondition{exactBaseVersion=${version}, maxBaseVersion=null}`;
}

function verified(earlier: Mutation, mutation: Mutation): FirestoreError {
  if (earlier === mutation) {
    return invalidArgument('the same document cannot be verified more than once in a single request');
  }
  const order = earlier === 'verify' ? 'verified and then written' : 'written and then verified';
  return invalidArgument(`the same document cannot be ${order} in a single request`);
}
