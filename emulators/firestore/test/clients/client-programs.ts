import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientPrograms } from '@waybill/emulator-kit/testing';

const { node, python, go, java } = clientPrograms(dirname(fileURLToPath(import.meta.url)), 'firestore');

/** The programs of this folder, and the arguments with which each runs. */
export const CLIENT_PROGRAMS = [
  { ...node, transports: ['grpc', 'rest'] },
  { ...python, transports: ['grpc'] },
  { ...go, transports: ['grpc'] },
  { ...java, transports: ['grpc'] },
];
