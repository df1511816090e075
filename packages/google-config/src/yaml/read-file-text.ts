import { readFileSync } from 'node:fs';
import { YamlFileError } from './yaml-file-error.ts';

/** Reads a configuration file's text. @throws {YamlFileError} if it can't be read */
export function readFileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new YamlFileError([`${file}:1: can't be read: ${(error as Error).message}`], { cause: error });
  }
}
