// `npm run new:dependency -- sms-gateway`: a client that handlers work with, and its setting.
import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { writeFiles } from '../repository/write-files.ts';
import { namesOf } from '../scaffold/contract-names.ts';
import { planDependency, settingOf } from '../scaffold/plan-dependency.ts';
import { runCommand } from './run-command.ts';

const HELP = `Makes a dependency of handlers, with its setting: npm run new:dependency -- sms-gateway

  --app FOLDER   the service in apps/ whose handlers use it; default worker
  --help         print this and end

It makes a client in a folder of its own and passes it to every handler.
`;

await runCommand((args, rootDir) => {
  const { values, positionals, problems } = readFlags(
    args,
    { app: { type: 'string' }, help: { type: 'boolean' } },
    { allowPositionals: true },
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [name = '', ...others] = positionals;
  if (name === '' || others.length > 0) problems.push('Give one name, as sms-gateway');
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const folder = values.app ?? 'worker';
  const files = planDependency({ rootDir, name, folder });
  writeFiles(rootDir, files);
  for (const { path } of files) process.stdout.write(`wrote ${path}\n`);
  const names = namesOf(name);
  process.stdout.write(`
Next: take it in a handler (dependencies.${names.camel}), and call it in a step. ${settingOf(names)} goes into env_variables of
apps/${folder}/app.yaml. If it is a secret, name it in waybill.secrets of apps/${folder}/package.json instead (docs/services.md).
`);
  return 0;
});
