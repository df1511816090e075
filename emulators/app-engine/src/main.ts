#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { hideSqliteWarning } from '@waybill/emulator-kit/hide-sqlite-warning';

// The kit's other emulators store data; Node 22 warns of its SQLite where it is only imported.
hideSqliteWarning(process);
const { escapeLine, openMovableClock, runEmulatorCommand } = await import('@waybill/emulator-kit');
const { HELP, readCommandLine } = await import('./command-line.ts');
const { startAdminApi } = await import('./admin-api/start-admin-api.ts');
const { writeGcloudConfiguration } = await import('./admin-api/write-gcloud-configuration.ts');
const { startAppEngineEmulator } = await import('./start-app-engine-emulator.ts');

/** What services get of this process's environment; the rest stays here. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];

/** runEmulatorCommand gives closing ten seconds in all. */
const stopGraceMs = 8000;

async function start(): Promise<{ address: string; close(): Promise<void> }> {
  const { appYamls, version, env, adminPort, gcloudConfig, ...command } = readCommandLine(
    process.argv.slice(2),
    process.env,
  );
  const emulator = await startAppEngineEmulator({
    ...command,
    services: appYamls.map((appYaml) => ({ appYaml, version, env })),
    clock: openMovableClock(undefined),
    trustedToken: process.env['APP_ENGINE_EMULATOR_TOKEN'] || randomBytes(32).toString('hex'),
    environment: Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
    limits: { stopGraceMs },
  });
  emulator.events.on('log', ({ service, version, stream, line }) =>
    process[stream].write(`${escapeLine(`[${service}/${version}] ${line}`)}\n`),
  );
  emulator.events.on('instance', ({ service, version, state, detail }) =>
    process.stderr.write(`${escapeLine(`[${service}/${version}] ${state}: ${detail}`)}\n`),
  );
  emulator.events.on('warning', ({ service, version, message }) =>
    process.stderr.write(`${escapeLine(`[${service}/${version}] warning: ${message}`)}\n`),
  );
  emulator.events.on('cron', ({ job, state, detail }) =>
    process.stderr.write(`${escapeLine(`[cron] ${job} ${state}: ${detail}`)}\n`),
  );
  try {
    await emulator.whenReady();
  } catch (error) {
    await emulator.close();
    throw error;
  }
  if (adminPort === undefined) return { address: emulator.url, close: () => emulator.close() };
  const { project, host } = command;
  const adminApi = await startAdminApi({ emulator, project, host, port: adminPort });
  process.stderr.write(`app-engine-emulator: Admin API on ${adminApi.url}\n`);
  if (gcloudConfig !== undefined) {
    writeGcloudConfiguration(gcloudConfig, { project, url: adminApi.url });
    process.stderr.write(`app-engine-emulator: export CLOUDSDK_CONFIG=${gcloudConfig}\n`);
  }
  return {
    address: emulator.url,
    async close() {
      await Promise.all([adminApi.close(), emulator.close()]);
    },
  };
}

if (process.argv.includes('--help')) process.stdout.write(HELP);
else await runEmulatorCommand({ name: 'app-engine-emulator', start });
