import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import protobuf, { type Root } from 'protobufjs';
import { readFirestoreDescriptors } from './firestore-descriptors.ts';

let root: Root | undefined;

/** The messages and services as protobufjs has them, read when they are first asked for. Methods are resolved. */
export function firestoreTypes(): Root {
  if (root === undefined) {
    root = protobuf.Root.fromJSON(readFirestoreDescriptors());
    for (const method of root.lookupService('google.firestore.v1.Firestore').methodsArray) method.resolve();
  }
  return root;
}

/** The same, by full names. */
export const firestoreMessageTypes: MessageTypes = {
  lookup: (name) => firestoreTypes().lookupType(name),
  lookupService: (name) => firestoreTypes().lookupService(name),
};
