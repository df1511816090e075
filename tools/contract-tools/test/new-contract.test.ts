import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeFiles } from '../src/repository/write-files.ts';
import { lettersRepository } from './support/letters-repository.ts';

const rootDir = join(import.meta.dirname, '../../..');
const NOT_COPIED = new Set(['node_modules', '.git', '.turbo', '.test-results', '.waybill', '.stage']);
/** The application's own: its place is taken by the tests' contracts. */
const REPLACED =
  /^(docs|queue-config|packages\/task-contracts\/(src|test|history)|apps\/worker\/(src|test))(\/|$)/;

/** The repository in another place, with the same packages installed and contracts of the tests' own. */
function copyRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'waybill-copy-'));
  const isCopied = (path: string): boolean =>
    !NOT_COPIED.has(path.split('/').at(-1) ?? '') && !REPLACED.test(relative(rootDir, path));
  cpSync(rootDir, copy, { recursive: true, filter: isCopied });
  writeFiles(copy, lettersRepository());
  const installed = join(rootDir, 'node_modules');
  const own = join(copy, 'node_modules/@waybill');
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name !== '@waybill') symlinkSync(join(installed, name), join(copy, 'node_modules', name));
  }
  for (const folder of ['packages', 'emulators', 'tools', 'apps']) {
    for (const name of readdirSync(join(copy, folder))) {
      const manifest = join(copy, folder, name, 'package.json');
      if (!existsSync(manifest)) continue;
      const { name: published } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string };
      symlinkSync(join(copy, folder, name), join(copy, 'node_modules', published));
    }
  }
  return copy;
}

describe('npm run new:contract', function () {
  this.timeout(180_000);
  let copy: string;
  before(() => {
    copy = copyRepository();
    const folders = ['packages/task-contracts', 'apps/worker'];
    succeeds(run('.', 'biome', 'check', '--write', '--vcs-enabled=false', ...folders));
  });
  after(() => rmSync(copy, { recursive: true }));

  const run = (folder: string, command: string, ...args: string[]) => {
    // A test of its own must not count into this run's results.
    const { TEST_RESULTS_DIR: _results, ...rest } = process.env;
    const env = { ...rest, PATH: `${join(copy, 'node_modules/.bin')}:${process.env['PATH']}` };
    const options = { cwd: join(copy, folder), env, encoding: 'utf8', timeout: 120_000 } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    return { status, stdout, stderr };
  };
  const newContract = (...args: string[]) =>
    run('.', process.execPath, 'tools/contract-tools/src/commands/new-contract.ts', ...args);
  const check = (...args: string[]) =>
    run('.', process.execPath, 'tools/contract-tools/src/commands/check-contracts.ts', ...args);
  const succeeds = ({ status, stdout, stderr }: ReturnType<typeof run>): void =>
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  /** All sources, to see that nothing was written. */
  const files = (): string[] =>
    ['packages/task-contracts', 'apps/worker', 'docs'].flatMap((folder) =>
      readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path}`,
      ),
    );
  const passesEverything = (): void => {
    for (const folder of ['packages/task-contracts', 'apps/worker']) {
      succeeds(run(folder, 'tsc', '-p', '.'));
      succeeds(run(folder, 'biome', 'check', '--vcs-enabled=false', 'src'));
    }
    succeeds(run('tools/contract-tools', process.execPath, 'src/commands/check-catalogue.ts'));
    succeeds(check());
  };

  it('refuses what is wrong, naming all of it, and writes nothing', () => {
    const before = files();
    const { status, stderr } = newContract(
      'Bad_Name',
      '--queue',
      'nowhere',
      '--delay',
      'soon',
      '--deadline',
      '1d',
      '--odd',
    );
    assert.equal(status, 1);
    for (const problem of [
      /kebab case.*Bad_Name/,
      /no queue "nowhere".*letters, parcels/,
      /--delay.*soon/,
      /--deadline.*1d/,
      /no flag --odd/,
    ]) {
      assert.match(stderr, problem);
    }
    for (const name of [
      'fold-letter',
      'fold-letter-v1',
      'define-contract',
      'delete',
      'no-such --next-version',
    ]) {
      assert.equal(newContract(...name.split(' '), '--queue', 'letters').status, 1, name);
    }
    assert.equal(newContract().status, 1);
    assert.deepEqual(files(), before);
  });

  it('lets contracts:check report an unknown flag in one line, with exit code 2', () => {
    const { status, stderr } = check('--odd');
    assert.equal(status, 2);
    assert.match(stderr, /^Unknown option '--odd'; there are --against, .*\nSee --help\.\n$/);
  });

  it('names a contract that check:contract does not find', () => {
    const checkContract = (...args: string[]) =>
      run('.', process.execPath, 'tools/contract-tools/src/commands/check-contract.ts', ...args);
    const unknown = checkContract('nope');
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /There is no contract "nope"; there are fold-letter, /);
    assert.match(checkContract('fold-letter', 'nope').stderr, /Give one contract, got fold-letter, nope/);
    assert.match(checkContract().stderr, /Give one contract, got none/);
  });

  it('prints the help of contracts:docs and writes nothing', () => {
    const before = files();
    const help = run(
      '.',
      process.execPath,
      'tools/contract-tools/src/commands/write-contract-docs.ts',
      '--help',
    );
    succeeds(help);
    assert.match(help.stdout, /npm run contracts:docs/);
    assert.deepEqual(files(), before);
  });

  it('makes a contract that passes the check and its own test, once', () => {
    const made = newContract('send-sms-reminder', '--queue', 'letters', '--delay', '1h');
    succeeds(made);
    assert.match(made.stdout, /^wrote apps\/worker\/src\/tasks\/send-sms-reminder\.test\.ts$/m);
    passesEverything();
    const mocha = join(copy, 'node_modules/mocha/bin/mocha.js');
    const tested = run(
      'apps/worker',
      process.execPath,
      mocha,
      '--no-config',
      '--timeout=60000',
      'src/tasks/send-sms-reminder.test.ts',
    );
    succeeds(tested);
    assert.match(tested.stdout, /5 passing/);

    const before = files();
    const again = newContract('send-sms-reminder', '--queue', 'letters');
    assert.equal(again.status, 1);
    assert.match(again.stderr, /already.*--next-version/);
    assert.deepEqual(files(), before);
  });

  it('makes a second service with its first contract, which pass the check and their own tests', () => {
    const misspelt = newContract('issue-invoice', '--queue', 'letters', '--service', 'biling');
    assert.equal(misspelt.status, 1);
    assert.match(misspelt.stderr, /no service "biling" that does tasks .*--new-service/);
    const args = ['issue-invoice', '--queue', 'letters', '--service', 'billing', '--new-service'];
    const made = newContract(...args);
    succeeds(made);
    assert.match(made.stdout, /apps\/billing is a workspace: run npm install/);
    const lines = ['main.ts', 'tasks/index.ts'].map(
      (path) => readFileSync(join(copy, 'apps/billing/src', path), 'utf8').split('\n').length,
    );
    assert.ok(
      lines.reduce((sum, count) => sum + count, 0) <= 40,
      `its own code has ${lines.join(' + ')} lines`,
    );
    const mocha = join(copy, 'node_modules/mocha/bin/mocha.js');
    const tested = run(
      'apps/billing',
      process.execPath,
      mocha,
      '--no-config',
      '--timeout=60000',
      'src/**/*.test.ts',
    );
    succeeds(tested);
    assert.match(tested.stdout, /6 passing/);
    for (const name of ['ledger', 'sms-gateway']) {
      const command = 'tools/contract-tools/src/commands/new-dependency.ts';
      succeeds(run('.', process.execPath, command, name, '--app', 'billing'));
    }
    const main = readFileSync(join(copy, 'apps/billing/src/main.ts'), 'utf8');
    assert.match(main, /ledger: createLedger\(\{ url: config\.LEDGER_URL \}\),/);
    assert.match(main, /smsGateway: createSmsGateway\(\{ url: config\.SMS_GATEWAY_URL \}\),/);
    succeeds(
      run('apps/billing', process.execPath, mocha, '--no-config', '--timeout=60000', 'src/main.test.ts'),
    );
    const again = newContract('void-invoice', ...args.slice(1));
    assert.match(again.stderr, /apps\/billing is there already: leave --new-service out/);
    // From elsewhere, and for that repository alone.
    const second = run(
      '/',
      process.execPath,
      join(rootDir, 'tools/contract-tools/src/commands/new-contract.ts'),
      ...['void-invoice', '--queue', 'letters', '--service', 'billing', `--root=${copy}`],
    );
    succeeds(second);
    assert.ok(!existsSync(join(rootDir, 'apps/billing')));
    // The worker's own table has no handler of them, and still compiles.
    for (const folder of ['apps/billing', 'apps/worker']) succeeds(run(folder, 'tsc', '-p', '.'));
    succeeds(run('apps/billing', 'biome', 'check', '--vcs-enabled=false', '.'));
    succeeds(run('tools/contract-tools', process.execPath, 'src/commands/check-catalogue.ts'));
  });

  it('makes the next version of a contract, and the one after it', () => {
    succeeds(newContract('fold-letter', '--next-version'));
    succeeds(newContract('fold-letter', '--next-version'));
    // Its survivesPurge is part of its page.
    succeeds(newContract('return-parcel', '--next-version'));
    passesEverything();
    const mocha = join(copy, 'node_modules/mocha/bin/mocha.js');
    const folder = 'src/contracts/fold-letter';
    succeeds(run('packages/task-contracts', process.execPath, mocha, '--no-config', `${folder}/*.test.ts`));
  });

  it('names file, line and remedy of what is wrong in a contract, in each command, without a stack trace', () => {
    const path = 'packages/task-contracts/src/contracts/fold-letter/v1.ts';
    const source = readFileSync(join(copy, path), 'utf8');
    const line = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
    for (const [change, by, part, problem, only] of [
      ['pattern:', 'pattrn:', 'pattrn', 'did you mean "pattern"?', ['check-contracts', 'check-catalogue']],
      [
        "queue: 'letters'",
        "queue: ''",
        'queue:',
        'queue must be a queue',
        ['check-contracts', 'new-contract'],
      ],
      [
        'additionalProperties: false',
        'additionalProperties: true',
        'schema:',
        '"additionalProperties": false',
        ['check-catalogue'],
      ],
      ['example: {', 'example {', 'example', '.*', ['write-contract-docs', 'check-contracts']],
    ] as const) {
      const broken = source.replace(change, by);
      assert.notEqual(broken, source, change);
      writeFileSync(join(copy, path), broken);
      for (const command of only) {
        const args = command === 'new-contract' ? ['wash-letter', '--queue', 'letters'] : [];
        const ran = run('.', process.execPath, `tools/contract-tools/src/commands/${command}.ts`, ...args);
        assert.equal(ran.status, 1, command);
        const text = ran.stdout + ran.stderr;
        assert.ok(text.includes(`${path}:${line(broken, part)}: `), `${command}: ${text}`);
        assert.match(text, new RegExp(problem));
        assert.doesNotMatch(text, /^ {4}at |strict mode|node:internal/m);
      }
    }
    writeFileSync(join(copy, path), source);
  });

  it('lets two branches merge that add neighbouring contracts and queues, or next versions', () => {
    const git = (...args: string[]): ReturnType<typeof run> => {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'core.hooksPath='];
      return run('.', 'git', ...identity, ...args);
    };
    const commit = (): void => {
      succeeds(git('add', '--all'));
      succeeds(git('commit', '--quiet', '-m', 'change'));
    };
    git('init', '--quiet', '--initial-branch=main');
    commit();
    // Merged in the other order than they are sorted in.
    for (const [branch, name, next] of [
      ['one', 'pack-parcel', 'fold-letter'],
      ['two', 'pack-present', 'post-letter'],
    ] as const) {
      succeeds(git('checkout', '--quiet', '-b', branch, 'main'));
      succeeds(newContract(name, '--new-queue', `queue-${branch}`, '--owner', `@letters/${branch}`));
      succeeds(newContract(next, '--next-version'));
      commit();
    }
    succeeds(git('checkout', '--quiet', 'main'));
    for (const branch of ['two', 'one']) {
      const merged = git('merge', '--quiet', '--no-edit', branch);
      assert.equal(merged.status, 0, `${branch}: ${merged.stdout}${merged.stderr}`);
    }
    // It checks types, lint, all rules and changes.
    succeeds(
      run('.', process.execPath, 'tools/contract-tools/src/commands/check-contract.ts', 'pack-parcel'),
    );
    assert.equal(git('status', '--porcelain').stdout, '');
  });
});
