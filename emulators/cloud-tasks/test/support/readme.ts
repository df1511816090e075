import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

/** Where a program of the README is, and what replaces the addresses that it shows. */
export interface Snippet {
  readonly heading: string;
  /** The language after the fence. */
  readonly language: string;
  /** `host:port` of the emulator. */
  readonly address: string;
  /** The URL of the handlers. */
  readonly handlerUrl: string;
}

/** The text below a heading, without its subheadings. */
function section(heading: string): string {
  const found = README.split(/^(?=#+ )/m).find((part) => /^#+ (.*)$/m.exec(part)?.[1] === heading);
  assert.ok(found, `README.md has the heading "${heading}"`);
  return found;
}

/** A program of the README, for other addresses than those that it shows. */
export function readmeSnippet({ heading, language, address, handlerUrl }: Snippet): string {
  const fence = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm');
  const program = fence.exec(section(heading))?.[1];
  assert.ok(program, `README.md has a program in ${language} below "${heading}"`);
  return program.replaceAll('127.0.0.1:8123', address).replaceAll('http://127.0.0.1:3000', handlerUrl);
}

/** The rows of the first table below a heading, as cells, without its head. */
export function readmeTable(heading: string): string[][] {
  const lines = section(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
