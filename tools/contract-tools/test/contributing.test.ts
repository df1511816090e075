import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSources } from '../src/repository/format-sources.ts';
import { namesOf } from '../src/scaffold/contract-names.ts';
import { contractSource, handlerSource, type NewContract } from '../src/scaffold/contract-sources.ts';

const rootDir = join(import.meta.dirname, '../../..');
const page = readFileSync(join(rootDir, 'CONTRIBUTING.md'), 'utf8');

/** The snippets of the numbered steps, without their indentation. */
const snippets = [...page.matchAll(/^ {3}```ts\n([^`]*)^ {3}```$/gm)].map(([, text = '']) =>
  text.replaceAll(/^ {3}/gm, ''),
);

const contract: NewContract = {
  names: namesOf('send-sms-reminder'),
  description: 'Sends a reminder.',
  owner: '@waybill/messaging',
  queue: 'sms',
  isNewQueue: true,
  service: 'worker',
  delaySeconds: 3_600,
  deadlineSeconds: undefined,
};

describe('CONTRIBUTING.md', () => {
  it('names files that exist', () => {
    const paths = [...page.matchAll(/`((?:tools|scripts|packages|apps)\/[\w./-]+\.\w+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !/send-sms-reminder|sms-gateway/.test(path));
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(rootDir, path))),
      [],
    );
    assert.ok(paths.length > 1);
  });

  it('shows snippets that the formatter leaves as they are', () => {
    const [schema = '', step = '', signature = '', ...others] = snippets;
    assert.deepEqual(others, []);
    const indent = (text: string, spaces: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(spaces));
    const format = (path: string, text: string): string =>
      formatSources(rootDir, [{ path: `apps/worker/src/tasks/${path}`, text }])[0]?.text ?? '';
    const replaced = (source: string, pattern: RegExp, text: string): string => {
      assert.match(source, pattern);
      return source.replace(pattern, () => text);
    };
    const made = format('v1.ts', contractSource(contract));
    const described = replaced(made, /^ {4}required[\s\S]*?^ {4}\},\n/m, indent(schema, 4));
    assert.equal(format('v1.ts', described), described);

    const [imported = '', opening = ''] = signature.split('\n\n');
    let handler = format('send-sms-reminder.ts', handlerSource(contract));
    handler = replaced(handler, /^ {4}async handle.*\n/m, indent(step, 4));
    handler = replaced(handler, /^export function .*\n/m, opening);
    handler = replaced(handler, /(?<=task-runtime';\n)/, `${imported}\n`);
    assert.equal(format('send-sms-reminder.ts', handler), handler);
  });
});
