import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { type Counts, readGoLog, readJestReport, readMochaReport, readPytestLog } from './read-counts.ts';

/** A command that runs a suite's tests, and the way to its counts. */
export interface SuiteRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** @param log what the command printed */
  readCounts(log: string): Counts;
}

/** A public suite that clients' or emulators' authors run against the real service. */
export interface OutsideSuite {
  readonly flag: 'skunkteam' | 'node' | 'python' | 'go';
  /** Folder that the flag names, and how it was made ready. */
  readonly folder: string;
  /** @param scratch an empty folder for copies and reports */
  prepare(folder: string, scratch: string): SuiteRun;
}

/** The suites that can be run, in the order in which they are. */
export const outsideSuites: readonly OutsideSuite[] = [
  {
    flag: 'skunkteam',
    folder: 'test-suite/ of skunkteam/rust-firestore-emulator, after npm ci',
    prepare: prepareSkunkteam,
  },
  {
    flag: 'node',
    folder:
      'googleapis/nodejs-firestore, after npm install and npm run compile (with skipLibCheck if a type fails)',
    prepare: (folder, scratch) => {
      const report = join(scratch, 'node.json');
      return {
        command: process.execPath,
        args: [
          join(folder, 'node_modules/mocha/bin/mocha.js'),
          ...['firestore', 'query'].map((name) => `build/system-test/${name}.js`),
          ...['--timeout', '30000', '--exit', '--reporter', 'json', '--reporter-option', `output=${report}`],
        ],
        cwd: folder,
        env: { GCLOUD_PROJECT: 'outside-node' },
        readCounts: () => readMochaReport(readFileSync(report, 'utf8')),
      };
    },
  },
  {
    flag: 'python',
    // A later pytest-asyncio closes the event loop before the suite's fixtures have ended.
    folder:
      'googleapis/python-firestore with a virtual environment .venv that has the versions of its noxfile (pytest-asyncio 0.21.2)',
    prepare: (folder) => ({
      command: join(folder, '.venv/bin/python'),
      args: [
        ...['-m', 'pytest', '-c', '/dev/null', '--rootdir', '.', '-p', 'no:cacheprovider', '-W', 'ignore'],
        ...['-rfE', '-q', 'tests/system/test_system.py', 'tests/system/test_system_async.py'],
      ],
      cwd: folder,
      env: { GCLOUD_PROJECT: 'outside-python' },
      readCounts: readPytestLog,
    }),
  },
  {
    flag: 'go',
    folder: 'module cloud.google.com/go/firestore, its modules downloaded',
    prepare: (folder, scratch) => {
      const key = join(scratch, 'service-account.json');
      writeFileSync(key, JSON.stringify(madeUpServiceAccount()));
      return {
        command: 'go',
        args: ['test', '-count=1', '-v', '-run', '^TestIntegration_', '.'],
        cwd: folder,
        env: {
          GCLOUD_TESTS_GOLANG_FIRESTORE_PROJECT_ID: 'outside-go',
          GCLOUD_TESTS_GOLANG_FIRESTORE_KEY: key,
        },
        readCounts: readGoLog,
      };
    },
  },
];

/**
 * Copies skunkteam's suite, so that it takes this emulator for the cloud: it asks less of emulators. Enterprise edition is
 * left out.
 */
function prepareSkunkteam(folder: string, scratch: string): SuiteRun {
  const report = join(scratch, 'skunkteam.json');
  for (const part of ['tests', 'package.json', 'jest.config.js', 'tsconfig.json']) {
    cpSync(join(folder, part), join(scratch, part), { recursive: true });
  }
  symlinkSync(resolve(folder, 'node_modules'), join(scratch, 'node_modules'));
  const settings = join(scratch, 'tests/utils/firestore.ts');
  const text = readFileSync(settings, 'utf8');
  const changed = replaced(
    replaced(
      text,
      /export const connection = [^;]*;/,
      "export const connection = 'CLOUD FIRESTORE' as 'RUST EMULATOR' | 'JAVA EMULATOR' | 'CLOUD FIRESTORE';",
    ),
    /export const editions = \[[^;]*;/,
    'export const editions = [standardEdition] as const;',
  );
  writeFileSync(settings, changed);
  return {
    command: process.execPath,
    args: [
      ...['--experimental-vm-modules', join(scratch, 'node_modules/jest/bin/jest.js')],
      ...['--forceExit', '--json', `--outputFile=${report}`],
    ],
    cwd: scratch,
    env: {},
    readCounts: () => readJestReport(readFileSync(report, 'utf8')),
  };
}

function replaced(text: string, pattern: RegExp, replacement: string): string {
  if (!pattern.test(text)) {
    throw new Error(
      `tests/utils/firestore.ts has nothing that matches ${pattern}: take a revision of the suite that has`,
    );
  }
  return text.replace(pattern, replacement);
}

/** A key that opens nothing: the Go suite refuses to start without one. */
function madeUpServiceAccount(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return {
    type: 'service_account',
    project_id: 'outside-go',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'outside@outside-go.iam.gserviceaccount.com',
    token_uri: 'http://127.0.0.1:9/token',
  };
}

/** Whether a suite's folder is there to be run. */
export function isPresent(folder: string): boolean {
  return existsSync(folder);
}

/** The environment of every suite. */
export function suiteEnvironment(port: number): Record<string, string> {
  return {
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${port}`,
    METADATA_SERVER_DETECTION: 'none',
    PATH: [join(process.execPath, '..'), process.env['PATH']].join(delimiter),
  };
}
