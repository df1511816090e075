import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '@waybill/emulator-kit';

/** A namespace of descriptors, or a message in one. */
export interface Descriptor {
  nested?: Record<string, Descriptor>;
  oneofs?: { operation?: { oneof: string[] } };
  fields?: Record<string, { type: string; id: number }>;
}

/**
 * Reads the descriptors out of the installed client, so that both ends always speak the same version. By file
 * path, since the package doesn't export them.
 */
export function readFirestoreDescriptors(): Descriptor {
  const file = join(packageFolder('@google-cloud/firestore', import.meta.url), 'build/protos/v1.json');
  return withVerify(JSON.parse(readFileSync(file, 'utf8')));
}

/** Adds `Write.verify`: the published descriptors lack it, but web SDKs send it for what a transaction read only. */
function withVerify(root: Descriptor): Descriptor {
  const path = ['google', 'firestore', 'v1', 'Write'];
  const write = path.reduce((inside: Descriptor | undefined, name) => inside?.nested?.[name], root);
  if (write?.fields === undefined || write.oneofs?.operation === undefined) {
    throw new Error(
      `The descriptors hold no message ${path.join('.')}: install @google-cloud/firestore anew`,
    );
  }
  write.oneofs.operation.oneof.push('verify');
  write.fields['verify'] = { type: 'string', id: 5 };
  return root;
}
