import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Catalogue,
  defineCatalogue,
  defineUntypedContract,
  type TaskContract,
} from '@waybill/contract-kit';
import { catalogue } from '@waybill/task-contracts';
import { checkCatalogue } from '../src/checks/check-catalogue.ts';

const rootDir = join(import.meta.dirname, '../../..');

describe('the catalogue in its repository', () => {
  it('has a handler with a test, a valid example, a queue, a history and a page for every contract', () => {
    assert.deepEqual(checkCatalogue(rootDir, catalogue), []);
  });
});

describe('checkCatalogue()', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'waybill-catalogue-'));
    for (const path of ['queue-config', 'docs', 'apps/worker/src/tasks', 'packages/task-contracts/history']) {
      cpSync(join(rootDir, path), join(copy, path), { recursive: true });
    }
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  /** The catalogue with something of charge-payment v1 changed. */
  const withChange = (change: (contract: TaskContract) => Partial<TaskContract>): Catalogue =>
    defineCatalogue(
      catalogue.contracts.map((contract) => {
        if (contract.name !== 'charge-payment') return contract;
        const {
          path: _path,
          schemaHash: _hash,
          violations: _violations,
          parse: _parse,
          subjectOf: _subjectOf,
          ...definition
        } = contract;
        return defineUntypedContract({ ...definition, ...change(contract) } as never);
      }),
      catalogue.contracts.flatMap(({ name, version }) =>
        name === 'charge-payment' ? [] : (catalogue.upCasterFrom(name, version) ?? []),
      ),
    );
  const rules = (changed: Catalogue): string[] => [
    ...new Set(checkCatalogue(copy, changed).map(({ rule, message }) => `${rule}: ${message.split(':')[0]}`)),
  ];

  it('names a handler that is missing, in the folder or in the table', () => {
    rmSync(join(copy, 'apps/worker/src/tasks/charge-payment.ts'));
    const table = join(copy, 'apps/worker/src/tasks/index.ts');
    writeFileSync(table, readFileSync(table, 'utf8').replace('reserveInventory: create', 'reserve: create'));
    assert.deepEqual(
      checkCatalogue(copy, catalogue).map(({ rule }) => rule),
      ['handler-missing', 'handler-missing'],
    );
  });

  it('names a queue that is not in the file', () => {
    assert.match(rules(withChange(() => ({ queue: 'nowhere' }))).join(), /queue-unknown: charge-payment v\d/);
  });

  it('names an example that breaks its schema', () => {
    assert.match(rules(withChange(() => ({ example: {} }))).join(), /example-invalid: charge-payment v\d/);
  });

  it('names a keyword that is none', () => {
    const changed = withChange(({ schema }) => ({ schema: { ...schema, requird: [] } }));
    assert.match(rules(changed).join(), /schema-invalid/);
  });

  it('names a schema that is not recorded', () => {
    const changed = withChange(({ schema }) => ({ schema: { ...schema, title: 'A charge' } }));
    assert.match(rules(changed).join(), /history-missing: charge-payment v\d/);
  });

  it('names a page that is stale', () => {
    writeFileSync(join(copy, 'docs/contracts/charge-payment.md'), 'old');
    assert.match(rules(catalogue).join(), /page-stale: docs\/contracts\/charge-payment.md/);
  });

  it('names a history that was changed', () => {
    const file = join(copy, 'packages/task-contracts/history/charge-payment/v1.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"minimum": 1', '"minimum": 0'));
    assert.match(rules(catalogue).join(), /history-wrong: .*charge-payment\/v1.json/);
  });
});
