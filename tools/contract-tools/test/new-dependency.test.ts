import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planDependency } from '../src/scaffold/plan-dependency.ts';

const rootDir = join(import.meta.dirname, '../../..');

describe('planDependency()', () => {
  it('makes a client with its setting, and passes it to the handlers', () => {
    const files = planDependency({ rootDir, name: 'sms-gateway', folder: 'worker' });
    const textOf = (path: string): string =>
      files.find((file) => file.path === `apps/worker/${path}`)?.text ?? '';
    assert.match(textOf('src/sms-gateway/sms-gateway.ts'), /export function createSmsGateway\(/);
    assert.match(textOf('src/tasks/index.ts'), /TaskDependencies \{\n {2}readonly smsGateway: SmsGateway;/);
    assert.match(
      textOf('src/load-worker.ts'),
      /smsGateway: createSmsGateway\(\{ url: config\.SMS_GATEWAY_URL \}\),/,
    );
    assert.match(textOf('src/config.ts'), /SMS_GATEWAY_URL: setting\.url\(/);
    assert.match(textOf('test/providers.ts'), /smsGateway: \{ call: async \(\) => \{\} \},/);
    assert.equal(files.length, 5);
  });

  it('refuses a service of another form, with what to do by hand', () => {
    const other = mkdtempSync(join(tmpdir(), 'waybill-dependency-'));
    try {
      mkdirSync(join(other, 'apps/billing/src/tasks'), { recursive: true });
      writeFileSync(
        join(other, 'apps/billing/src/tasks/index.ts'),
        'export interface TaskDependencies {\n}\n',
      );
      assert.throws(() => planDependency({ rootDir: other, name: 'ledger', folder: 'billing' }), {
        code: 'SOURCE_FORM',
        message:
          /apps\/billing\/src\/main\.ts is missing; nothing was written\. .*by hand.*docs\/services\.md/,
      });
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it('says where a secret goes, in files that exist', () => {
    const text = readFileSync(join(rootDir, 'tools/contract-tools/src/commands/new-dependency.ts'), 'utf8');
    assert.match(text, /waybill\.secrets of apps\/\$\{folder\}\/package\.json/);
    assert.doesNotMatch(text, /secrets-of-services/);
  });

  it('refuses what cannot be, naming all of it', () => {
    assert.throws(() => planDependency({ rootDir, name: 'Sms', folder: 'nowhere' }), {
      code: 'CONTRACT_NOT_MADE',
      message: /kebab case.*"Sms"\n.*no service that does tasks in apps\/nowhere/,
    });
    assert.throws(() => planDependency({ rootDir, name: 'payments', folder: 'worker' }), {
      message: /already apps\/worker\/src\/payments/,
    });
  });
});
