import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';

/** Mode of a file that only its owner may read: data folders hold addresses and payment methods. */
export const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

/** Makes a folder, and those above it, that only their owner may enter. A folder that exists keeps its mode. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER_MODE });
}

/** Closes a folder that exists to everybody but its owner. */
export function closePrivateFolder(path: string): void {
  chmodSync(path, PRIVATE_FOLDER_MODE);
}

/** Makes a file that only its owner may read; closes one that earlier versions made readable. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'a', PRIVATE_FILE_MODE));
  chmodSync(file, PRIVATE_FILE_MODE);
}
