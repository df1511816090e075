import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declaredSecrets, placeholderSecrets } from './declared-secrets.ts';

describe('declaredSecrets()', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'waybill-secrets-'));
    mkdirSync(join(root, 'apps/billing'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const declare = (waybill: unknown): void =>
    writeFileSync(join(root, 'apps/billing/package.json'), JSON.stringify({ waybill }));

  it('lists the names in package.json, and none without a list or a file', () => {
    assert.deepEqual(declaredSecrets(root, 'billing'), []);
    declare(undefined);
    assert.deepEqual(declaredSecrets(root, 'billing'), []);
    declare({ secrets: ['LEDGER_KEY', 'LEDGER_URL'] });
    assert.deepEqual(declaredSecrets(root, 'billing'), ['LEDGER_KEY', 'LEDGER_URL']);
  });

  it('refuses anything but a list of names', () => {
    for (const secrets of ['LEDGER_KEY', ['ledger key'], [1]]) {
      declare({ secrets });
      assert.throws(() => declaredSecrets(root, 'billing'), {
        code: 'DECLARED_SECRETS_INVALID',
        message: /apps\/billing\/package\.json: waybill\.secrets must be a list of names/,
      });
    }
  });
});

describe('placeholderSecrets()', () => {
  it('gives a long value that names the secret, and an address for a URL', () => {
    const { LEDGER_KEY = '', LEDGER_URL } = placeholderSecrets(['LEDGER_KEY', 'LEDGER_URL']);
    assert.match(LEDGER_KEY, /^local-LEDGER_KEY-0+$/);
    assert.ok(LEDGER_KEY.length >= 64);
    assert.equal(LEDGER_URL, 'http://127.0.0.1:9/');
  });
});
