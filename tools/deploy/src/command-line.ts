import { readFlags } from '@waybill/emulator-kit';
import { DeploymentError } from './deployment-error.ts';

export const HELP = `Usage: npm run deploy -- --project PROJECT [options]
       npm run stage | rehearse | deploy -w apps/worker -- [options]

  stage      make .stage/<app>/, a folder that needs nothing else
  rehearse   stage, then install that folder elsewhere, start it, give it work, end it
  deploy     stage, rehearse, upload without traffic, try the new version, give it the traffic

Option of rehearse and deploy:
  --project PROJECT     the Google Cloud project; a rehearsal needs none, and compares it with the repository: queues,
                        indexes, time to live, cron, dispatch rules

Options of deploy:
  --dry-run             print the commands, and run none
  --allow-drift         go on though the project is not as the repository says
  --canary PERCENT      the front and the services that do tasks, as versions that do each other's immediate tasks; the
                        front's gets so much of the traffic (docs/deploy.md)
  --canary-services A,B with --canary: these services that do tasks alone; default all of them
  --version VERSION     the new version's name; default: the time, as v20261121101530
  --no-secrets          don't add references to secrets in Secret Manager (docs/deploy.md)
  --root FOLDER         the application, the folder with apps/ in it; default this command's own repository
  --help
`;

const COMMANDS = ['stage', 'rehearse', 'deploy'] as const;

/** What a command line asks for. */
export type CommandLine = CommonOptions & (Rehearsing | Deploying);

interface CommonOptions {
  /** Folders in apps/; empty: all of them. */
  readonly folders: readonly string[];
  readonly dryRun: boolean;
  readonly allowDrift: boolean;
  readonly canaryPercent: number | undefined;
  readonly canaryServices: readonly string[] | undefined;
  readonly version: string | undefined;
  readonly secrets: boolean;
}

interface Rehearsing {
  readonly command: 'stage' | 'rehearse';
  /** Compared with the repository by a rehearsal, if there is one. */
  readonly project: string | undefined;
}

interface Deploying {
  readonly command: 'deploy';
  readonly project: string;
}

const PROJECT = /^[a-z][a-z\d:.-]{4,}[a-z\d]$/;
/** As App Engine wants versions: and not too long for a host name beside service and project. */
const VERSION = /^(?!-)[a-z\d-]{0,30}[a-z\d]$/;

const FLAGS = {
  project: { type: 'string' },
  version: { type: 'string' },
  canary: { type: 'string' },
  'canary-services': { type: 'string' },
  'dry-run': { type: 'boolean' },
  'allow-drift': { type: 'boolean' },
  'no-secrets': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads a command line; undefined where help is asked for.
 * @throws {DeploymentError} naming all problems at once
 */
export function readCommandLine(args: readonly string[]): CommandLine | undefined {
  const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
  if (problems.length > 0) throw badCommandLine(problems);
  if (values.help) return undefined;
  const [command, ...folders] = positionals;
  const known = COMMANDS.find((name) => name === command);
  if (known === undefined) {
    problems.push(`the command must be one of ${COMMANDS.join(', ')}, got ${command ?? 'nothing'}`);
  }
  const { project, version, canary } = values;
  problems.push(...problemsOf({ known, folders, project, version, canary }));
  if (values['canary-services'] !== undefined && canary === undefined) {
    problems.push('--canary-services goes with --canary PERCENT');
  }
  if (known === undefined || problems.length > 0) throw badCommandLine(problems);
  const { 'dry-run': dryRun = false, 'no-secrets': noSecrets = false } = values;
  const { 'allow-drift': allowDrift = false } = values;
  const canaryServices = values['canary-services']?.split(',');
  const canaryPercent = canary === undefined ? undefined : Number(canary);
  const common = { folders, dryRun, allowDrift, canaryPercent, canaryServices, version, secrets: !noSecrets };
  return known === 'deploy'
    ? { ...common, command: known, project: project ?? '' }
    : { ...common, command: known, project };
}

function problemsOf(options: {
  known: CommandLine['command'] | undefined;
  folders: readonly string[];
  project: string | undefined;
  version: string | undefined;
  canary: string | undefined;
}): string[] {
  const { known, folders, project, version, canary } = options;
  const problems: string[] = [];
  if ((known === 'deploy' || project !== undefined) && !PROJECT.test(project ?? '')) {
    problems.push(
      `--project must be a project's id, 6 or more of a-z, 0-9 and hyphens, got ${project ? `"${project}"` : 'nothing'}`,
    );
  }
  if (canary !== undefined && !/^[1-9]\d?$/.test(canary)) {
    problems.push(`--canary must be a whole number from 1 to 99, got "${canary}"`);
  }
  if (canary !== undefined && (known !== 'deploy' || folders.length > 0)) {
    problems.push(
      '--canary is for npm run deploy without -w: the front and the services that do its tasks belong together',
    );
  }
  if (version !== undefined && (!VERSION.test(version) || /^ah-|^(default|latest)$/.test(version))) {
    problems.push(`--version must be lower-case letters, digits and hyphens, at most 31, got "${version}"`);
  }
  return problems;
}

function badCommandLine(problems: readonly string[]): DeploymentError {
  return new DeploymentError(`${problems.join('; ')}. --help tells more`);
}
