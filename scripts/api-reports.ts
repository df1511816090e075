// `npm run api`: writes docs/api/<package>.api.md, one report per entry point of a published package.
// `npm run api -- --check`: fails when a report is not what the sources export. `npm run check` calls it so.
//
// API Extractor reads the emitted .d.ts with its own TypeScript (6.0): TypeScript 7 has no API yet.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, type IConfigFile } from '@microsoft/api-extractor';
import { apiEntries } from './api-entries.ts';
import { quietEnvironment } from './quiet-environment.ts';
import { runCommand } from './run-command.ts';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const unknown = process.argv.slice(2).filter((argument) => argument !== '--check');
if (unknown.length > 0) {
  process.stderr.write(`Unknown argument ${unknown.join(' ')}. Usage: npm run api [-- --check]\n`);
  process.exit(2);
}
const check = process.argv.includes('--check');
const workDir = mkdtempSync(join(tmpdir(), 'api-'));
process.on('exit', () => rmSync(workDir, { recursive: true, force: true }));

const reportDir = join(rootDir, 'docs/api');
// API Extractor writes no report into a folder that is missing.
mkdirSync(reportDir, { recursive: true });
const entries = apiEntries(rootDir);
for (const { folder, outDir } of new Map(entries.map((entry) => [entry.folder, entry])).values()) {
  rmSync(outDir, { recursive: true, force: true });
  const args = ['-p', join(folder, 'tsconfig.build.json'), '--emitDeclarationOnly', '--outDir', outDir];
  const code = await runCommand('tsc', args, { cwd: rootDir, env: quietEnvironment(process.env) });
  if (code !== 0) process.exit(code);
}

const configs = entries.map(({ folder, declaration, report }) =>
  ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: settings(declaration, report),
  }),
);
const [first] = configs;
if (first === undefined) throw new Error('No workspace has a tsconfig.build.json: there is no API to report');
// One TypeScript program for all entries: each alone would take four seconds.
const compilerState = CompilerState.create(first, {
  additionalEntryPoints: entries.map(({ declaration }) => declaration),
});

const failed: string[] = [];
for (const config of configs) {
  const { succeeded } = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    messageCallback: (message) => {
      if (message.logLevel === 'error') process.stderr.write(`${message.text}\n`);
      message.handled = true;
    },
  });
  if (!succeeded) failed.push(config.reportFilePath);
}
if (failed.length > 0) {
  process.stderr.write(
    `The public API is not what these reports say:\n${failed.map((file) => `  ${file}\n`).join('')}` +
      'Check that users of the package can bear the change. Then run `npm run api` and commit the reports.\n',
  );
  process.exitCode = 1;
} else process.stdout.write(`${configs.length} API reports ${check ? 'hold' : 'written'}\n`);

function settings(declaration: string, report: string): IConfigFile {
  const { compilerOptions } = JSON.parse(readFileSync(join(rootDir, 'tsconfig.base.json'), 'utf8'));
  const none = { default: { logLevel: 'none' } } as IConfigFile['messages'] & object;
  return {
    projectFolder: rootDir,
    mainEntryPointFilePath: declaration,
    compiler: {
      overrideTsconfig: { compilerOptions: { ...compilerOptions, types: ['node'] }, files: [declaration] },
    },
    apiReport: {
      enabled: true,
      reportFolder: reportDir,
      reportTempFolder: join(workDir, 'found'),
      reportFileName: report,
      includeForgottenExports: true,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    newlineKind: 'lf',
    messages: {
      extractorMessageReporting: none as never,
      compilerMessageReporting: none as never,
      tsdocMessageReporting: none as never,
    },
  };
}
