import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const rootDir = join(import.meta.dirname, '../../../..');

/** Stands in for gcloud and npm: writes down how it was called; what is asked for is there or not, as the test says. */
const RECORDER = `#!/bin/sh
printf '%s %s\\n' "$(basename "$0")" "$*" >> "$RECORD"
case "$*" in
  'projects describe '*) echo 123456789012 ;;
  'projects get-iam-policy '*) [ "$MISSING" = 1 ] || echo roles/appengine.appViewer ;;
  *' describe '*) exit "$MISSING" ;;
  *'composite create'*) [ "$MISSING" = 1 ] || { echo 'ERROR: ALREADY_EXISTS: index already exists' >&2; exit 1; } ;;
esac
`;

describe('tools/deploy/bootstrap.sh', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
    for (const name of ['gcloud', 'npm']) {
      writeFileSync(join(folder, name), RECORDER);
      chmodSync(join(folder, name), 0o755);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function bootstrap(options: { missing: boolean; args?: readonly string[] }) {
    const record = join(folder, 'record');
    writeFileSync(record, '');
    const args = ['--project', 'demo-project', '--region', 'europe-west1', ...(options.args ?? [])];
    const { status, stdout, stderr } = spawnSync(
      'bash',
      [join(rootDir, 'tools/deploy/bootstrap.sh'), ...args],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          PATH: [folder, process.env['PATH']].join(delimiter),
          RECORD: record,
          MISSING: options.missing ? '1' : '0',
        },
      },
    );
    const calls = readFileSync(record, 'utf8').split('\n').filter(Boolean);
    return {
      status,
      stdout,
      stderr,
      changes: calls.filter((call) => !/ describe | get-iam-policy /.test(call)),
      calls,
    };
  }

  it('makes everything in an empty project, printing each command before it is run', () => {
    const { status, stdout, stderr, changes } = bootstrap({ missing: true });
    assert.equal(status, 0, stderr);
    const printed = stdout.split('\n').filter((line) => line.startsWith('  $ '));
    assert.deepEqual(
      printed.map((line) => line.slice(4).replaceAll("'", '')),
      changes,
    );
    for (const part of [
      'app create',
      'databases create',
      'service-accounts create waybill-worker',
      'secrets create',
      'npm run queues -- apply',
      '--enable-ttl',
    ]) {
      assert.ok(
        changes.some((call) => call.includes(part)),
        part,
      );
    }
  });

  it('makes nothing again that is there', () => {
    const { status, stderr, changes } = bootstrap({ missing: false });
    assert.equal(status, 0, stderr);
    const created = changes.filter(
      (call) => / create /.test(call) && !call.includes('indexes composite create'),
    );
    assert.deepEqual(created, []);
  });

  it('runs nothing in a dry run', () => {
    const { status, stdout, calls } = bootstrap({ missing: false, args: ['--dry-run'] });
    assert.equal(status, 0);
    assert.deepEqual(calls, []);
    assert.match(stdout, /\$ gcloud app create --region=europe-west --project=demo-project/);
  });

  it('gives no service the rights of an owner or editor', () => {
    const { stdout } = bootstrap({ missing: true, args: ['--dry-run'] });
    assert.match(stdout, /--role=roles\/datastore\.user/);
    assert.doesNotMatch(stdout, /roles\/(owner|editor|\w+\.admin)\b/);
  });

  it('lets services see the application by a role with one permission, and no other version’s environment', () => {
    const { stdout, changes } = bootstrap({ missing: true });
    const roles = [...stdout.matchAll(/iam roles create (\w+) .*--permissions=(\S+)/g)].map((found) =>
      found.slice(1),
    );
    assert.deepEqual(roles[1], ['waybillTaskCreator', 'appengine.applications.get']);
    assert.doesNotMatch(changes.join('\n'), /appViewer/);
    const given = changes.filter((call) => call.includes('roles/waybillTaskCreator'));
    assert.equal(given.length, 3);
  });

  it('takes the role that shows other versions’ environment from accounts that have it', () => {
    const { changes } = bootstrap({ missing: false });
    const taken = changes.flatMap(
      (call) =>
        /remove-iam-policy-binding .*--role=(\S+) .*--member=serviceAccount:(\S+)@/
          .exec(call)
          ?.slice(1)
          .join(' ') ?? [],
    );
    assert.deepEqual(taken, [
      'roles/appengine.appViewer waybill-frontend',
      'roles/appengine.appViewer waybill-worker',
      'roles/appengine.appViewer waybill-console',
    ]);
  });

  it('lets each service read the secrets that it names alone, one by one', () => {
    const { changes } = bootstrap({ missing: true });
    const readers = changes.flatMap(
      (call) =>
        /secrets add-iam-policy-binding (\w+) --member=serviceAccount:([\w-]+)@.*secretAccessor/
          .exec(call)
          ?.slice(1)
          .join(' ') ?? [],
    );
    const secrets = ['STRIPE_API_KEY', 'SMTP_URL', 'WAREHOUSE_URL', 'WAREHOUSE_SECRET', 'ORDER_LINK_KEYS'];
    assert.deepEqual(readers, [
      'ORDER_LINK_KEYS waybill-frontend',
      ...secrets.map((name) => `${name} waybill-worker`),
    ]);
    assert.ok(!changes.some((call) => /projects add-iam-policy-binding .*secretAccessor/.test(call)));
  });

  it('lets the console alone change queues, and that by rights of its own', () => {
    const { stdout } = bootstrap({ missing: true, args: ['--dry-run'] });
    const given = [...stdout.matchAll(/--role=(\S+) .*waybill-(\w+)@/g)].map(([, role, name]) => [
      name,
      role,
    ]);
    const extra = given.filter(([, role]) => !role?.startsWith('roles/')).map(([name]) => name);
    assert.deepEqual(extra, ['frontend', 'worker', 'console', 'console']);
    for (const name of ['frontend', 'worker', 'console']) {
      const roles = given.filter(([who, role]) => who === name && role?.startsWith('roles/'));
      assert.deepEqual(roles.map(([, role]) => role).sort(), [
        'roles/cloudtasks.enqueuer',
        'roles/cloudtasks.viewer',
        'roles/datastore.user',
        'roles/logging.logWriter',
      ]);
    }
  });

  it('sets who may reach services once they are there, and lets everybody in where the console is not', () => {
    const before = bootstrap({ missing: true, args: ['--iap-members', 'group:ops@example.com'] });
    assert.match(before.stdout, /Not deployed yet: default worker console\. Then run this again/);
    assert.ok(!before.changes.some((call) => /--ingress|iap web/.test(call)));

    const args = ['--iap-members', 'group:ops@example.com', '--worker-ingress', 'internal-only'];
    const { changes } = bootstrap({ missing: false, args });
    const about = changes.filter((call) => /--ingress|iap web/.test(call));
    assert.deepEqual(
      about.map(
        (call) =>
          call.match(/(default console|worker) --ingress=\S+|service=\w+ --member=\S+|web enable.*/)?.[0],
      ),
      [
        'default console --ingress=all',
        'worker --ingress=internal-only',
        'service=default --member=allUsers',
        'service=worker --member=allUsers',
        'service=console --member=group:ops@example.com',
        'web enable --resource-type=app-engine --project=demo-project',
      ],
    );
  });

  it('leaves the ingress of the worker as somebody set it, unless told', () => {
    const { changes } = bootstrap({ missing: false });
    const about = changes.filter((call) => call.includes('--ingress'));
    assert.deepEqual(
      about.map((call) => call.match(/update (.+) --ingress=\S+/)?.[1]),
      ['default console'],
    );
  });

  it("tells the console's audience, which app.yaml must name", () => {
    const { stdout } = bootstrap({ missing: false });
    assert.match(stdout, /Set CONSOLE_IAP_AUDIENCE to \/projects\/123456789012\/apps\/demo-project in/);
  });

  it('makes for Cloud Run the account whose tokens tasks carry, and who may use it', () => {
    assert.ok(
      !bootstrap({ missing: true }).changes.some((call) => /waybill-tasks|run\.googleapis/.test(call)),
    );
    const { status, stderr, changes, stdout } = bootstrap({ missing: true, args: ['--cloud-run'] });
    assert.equal(status, 0, stderr);
    const account = 'waybill-tasks@demo-project.iam.gserviceaccount.com';
    assert.ok(changes.some((call) => call.includes('service-accounts create waybill-tasks')));
    const given = changes.flatMap(
      (call) =>
        /gcloud iam service-accounts (add-iam-policy-binding \S+) --member=serviceAccount:(\S+)@\S+ --role=(\S+)/
          .exec(call)
          ?.slice(1)
          .join(' ') ?? [],
    );
    assert.deepEqual(given, [
      `add-iam-policy-binding ${account} waybill-frontend roles/iam.serviceAccountUser`,
      `add-iam-policy-binding ${account} waybill-worker roles/iam.serviceAccountUser`,
      `add-iam-policy-binding ${account} waybill-console roles/iam.serviceAccountUser`,
    ]);
    assert.match(stdout, /waybill-worker is not on Cloud Run yet\. Then run this again/);
    assert.ok(!changes.some((call) => call.includes('run.invoker')));
  });

  it('makes the key of orders’ links, once', () => {
    const add = 'gcloud secrets versions add ORDER_LINK_KEYS --data-file=- --project=demo-project';
    const { changes, stdout } = bootstrap({ missing: true, args: [] });
    assert.deepEqual(
      changes.filter((call) => call.includes('secrets versions add')),
      [add],
    );
    assert.doesNotMatch(stdout, /[\w-]{40}/);
    assert.ok(
      !bootstrap({ missing: false, args: [] }).changes.some((call) => call.includes('secrets versions add')),
    );
  });

  it('lets the tasks call the worker once that is on Cloud Run, and nobody else', () => {
    const { changes } = bootstrap({ missing: false, args: ['--cloud-run'] });
    assert.deepEqual(
      changes.filter((call) => call.includes('run.invoker')),
      [
        'gcloud run services add-iam-policy-binding waybill-worker --region=europe-west1 --member=serviceAccount:waybill-tasks@demo-project.iam.gserviceaccount.com --role=roles/run.invoker --project=demo-project --format=none',
      ],
    );
  });

  it('makes a second service that does tasks ready: account, rights, its own secrets, who may call and reach it', () => {
    const root = join(folder, 'application');
    for (const name of ['frontend', 'worker', 'console', 'billing']) {
      mkdirSync(join(root, 'apps', name), { recursive: true });
      writeFileSync(join(root, 'apps', name, 'app.yaml'), `service: ${name}\n`);
      const secrets = name === 'billing' ? ['LEDGER_KEY', 'SMTP_URL'] : name === 'worker' ? ['SMTP_URL'] : [];
      writeFileSync(join(root, 'apps', name, 'package.json'), JSON.stringify({ waybill: { secrets } }));
    }
    const job = (target: string): string => `  - url: /cron/sweep\n    target: ${target}\n`;
    writeFileSync(join(root, 'cron.yaml'), `cron:\n${job('worker')}${job('billing')}`);
    writeFileSync(join(root, 'firestore.indexes.json'), '{"indexes": [], "fieldOverrides": []}');
    const flags = [
      '--dry-run',
      '--cloud-run',
      '--worker-ingress',
      'internal-only',
      '--iap-members',
      'user:a@b.c',
    ];
    const { status, stdout, stderr } = bootstrap({ missing: true, args: [...flags, '--root', root] });
    assert.equal(status, 0, stderr);
    const about = (pattern: RegExp): string[] => [...stdout.matchAll(pattern)].map(([, found = '']) => found);
    assert.deepEqual(about(/service-accounts create (waybill-\w+)/g), [
      'waybill-frontend',
      'waybill-worker',
      'waybill-console',
      'waybill-billing',
      'waybill-tasks',
    ]);
    assert.equal(about(/--role=(\S+) .*waybill-billing@/g).length, 5);
    assert.deepEqual(about(/secrets create (\w+)/g), ['SMTP_URL', 'LEDGER_KEY']);
    assert.deepEqual(about(/secrets add-iam-policy-binding (\w+ --member=serviceAccount:waybill-\w+)/g), [
      'SMTP_URL --member=serviceAccount:waybill-worker',
      'LEDGER_KEY --member=serviceAccount:waybill-billing',
      'SMTP_URL --member=serviceAccount:waybill-billing',
    ]);
    const both = ['worker', 'billing'];
    assert.deepEqual(about(/run services add-iam-policy-binding waybill-(\w+)/g), both);
    assert.deepEqual(about(/app services update (\w+) --ingress=internal-only/g), both);
    assert.deepEqual(about(/--service=(\w+) --member=allUsers/g), ['default', ...both]);
  });

  it('makes another database than the default one, and names where it is to be set', () => {
    const { status, stdout, changes } = bootstrap({ missing: true, args: ['--database', 'orders'] });
    assert.equal(status, 0);
    assert.match(stdout, /Set FIRESTORE_DATABASE to orders in apps\/worker\/app\.yaml/);
    const about = changes.filter((call) => /gcloud firestore /.test(call));
    assert.ok(about.length > 10);
    assert.deepEqual(
      about.filter((call) => !call.includes('--database=orders')),
      [],
    );
    assert.doesNotMatch(bootstrap({ missing: true }).stdout, /Set FIRESTORE_DATABASE/);
  });

  it('refuses a database in Datastore mode', () => {
    const type = "  'firestore databases describe '*) echo DATASTORE_MODE ;;\n  *' describe '*)";
    writeFileSync(join(folder, 'gcloud'), RECORDER.replace("  *' describe '*)", type));
    const { status, stderr } = bootstrap({ missing: false });
    assert.notEqual(status, 0);
    assert.match(stderr, /\(default\) is in Datastore mode.* --database/);
  });

  it('stops at the first command that fails', () => {
    writeFileSync(
      join(folder, 'gcloud'),
      RECORDER.replace("  *' describe '*)", "  *'secrets create'*) exit 3 ;;\n  *' describe '*)"),
    );
    const { status, changes } = bootstrap({ missing: true });
    assert.notEqual(status, 0);
    assert.match(changes.at(-1) ?? '', /secrets create ORDER_LINK_KEYS/);
  });

  it('tells how it is used', () => {
    const { status, stderr } = spawnSync('bash', [join(rootDir, 'tools/deploy/bootstrap.sh')], {
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, /Usage: tools\/deploy\/bootstrap\.sh --project PROJECT --region REGION/);
  });
});
