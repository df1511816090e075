#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { openMovableClock, runEmulatorCommand } from '@waybill/emulator-kit';
import { startAppEngineEmulator } from './start-app-engine-emulator.ts';

const usage = `Usage: app-engine-emulator [options] app.yaml [more.yaml ...]

Runs the services of the given app.yaml files, or of the folders that hold them, behind one port, as App Engine does.

  --port NUMBER       port of the front door (default 8080; 0 takes a free one)
  --host ADDRESS      address to listen on (default 127.0.0.1)
  --project ID        project in host names and GOOGLE_CLOUD_PROJECT (default demo)
  --region-id ID      region's short id in host names (default uc)
  --version NAME      version of every service (default v1)
  --cron FILE         cron.yaml
  --dispatch FILE     dispatch.yaml
  --env NAME=VALUE    environment variable for every service, over all others; may be repeated
  --help              this text

A request with the header X-App-Engine-Emulator-Token and the value of the environment variable
APP_ENGINE_EMULATOR_TOKEN may send X-AppEngine-* headers, as Cloud Tasks does.`;

/** What services get of this process's environment; the rest stays here. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];

/** runEmulatorCommand gives closing ten seconds in all. */
const stopGraceMs = 8000;

async function start(): Promise<{ address: string; close(): Promise<void> }> {
  const { values, positionals } = readArguments();
  if (positionals.length === 0) throw new Error(`give at least one app.yaml\n\n${usage}`);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port must be a whole number from 0 to 65535, got "${values.port}"`);
  }
  const env = Object.fromEntries(values.env.map(splitVariable));
  const emulator = await startAppEngineEmulator({
    host: values.host,
    port,
    project: values.project,
    regionId: values['region-id'],
    services: positionals.map((appYaml) => ({ appYaml, version: values.version, env })),
    ...(values.cron === undefined ? {} : { cronYaml: values.cron }),
    ...(values.dispatch === undefined ? {} : { dispatchYaml: values.dispatch }),
    clock: openMovableClock(undefined),
    trustedToken: process.env['APP_ENGINE_EMULATOR_TOKEN'] || randomBytes(32).toString('hex'),
    environment: Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
    limits: { stopGraceMs },
  });
  emulator.events.on('log', ({ service, version, stream, line }) =>
    process[stream].write(`[${service}/${version}] ${line}\n`),
  );
  emulator.events.on('instance', ({ service, version, state, detail }) =>
    process.stderr.write(`[${service}/${version}] ${state}: ${detail}\n`),
  );
  emulator.events.on('cron', ({ job, state, detail }) =>
    process.stderr.write(`[cron] ${job} ${state}: ${detail}\n`),
  );
  try {
    await emulator.whenReady();
  } catch (error) {
    await emulator.close();
    throw error;
  }
  return { address: emulator.url, close: () => emulator.close() };
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8080' },
      host: { type: 'string', default: '127.0.0.1' },
      project: { type: 'string', default: 'demo' },
      'region-id': { type: 'string', default: 'uc' },
      version: { type: 'string', default: 'v1' },
      cron: { type: 'string' },
      dispatch: { type: 'string' },
      env: { type: 'string', multiple: true, default: [] },
    },
  });
}

function splitVariable(text: string): [string, string] {
  const [, name, value] = /^([a-zA-Z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--env must be NAME=VALUE, got "${text}"`);
  return [name, value];
}

if (process.argv.includes('--help')) process.stdout.write(`${usage}\n`);
else await runEmulatorCommand({ name: 'app-engine-emulator', start });
