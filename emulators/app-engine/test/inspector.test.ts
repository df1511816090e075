import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { findFreePort, isPortFree } from '@waybill/emulator-kit';
import { type AppEngineEmulator, DeploymentError } from '../src/index.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

describe('a service with a debugger port', () => {
  let service: SmallService;
  let emulator: AppEngineEmulator | undefined;

  afterEach(async () => {
    await emulator?.close();
    emulator = undefined;
    service.remove();
  });

  async function run(appYaml: string, inspectorPort: number): Promise<AppEngineEmulator> {
    service = makeSmallService(appYaml);
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml, inspectorPort }] });
    await emulator.whenReady();
    return emulator;
  }

  /** The entry point that is debugged there, or undefined if no debugger answers. */
  async function debuggedScript(port: number | undefined): Promise<string | undefined> {
    if (port === undefined) return undefined;
    const { body } = await send(port, { path: '/json/list', host: `127.0.0.1:${port}` });
    const [target] = JSON.parse(body) as { url: string }[];
    return target?.url;
  }

  it('is debugged there itself, and there again after it was killed', async () => {
    const wanted = await findFreePort();
    const running = await run('', wanted);
    assert.match((await debuggedScript(wanted)) ?? '', /server\.mjs$/);
    assert.equal(running.services()[0]?.instances[0]?.inspectorPort, wanted);
    const ready = eventThat(running, 'instance', ({ state }) => state === 'ready');
    await running.killInstance('default');
    assert.match((await ready).detail, new RegExp(`debugger on 127\\.0\\.0\\.1:${wanted}$`));
    assert.match((await debuggedScript(wanted)) ?? '', /server\.mjs$/);
  });

  it('is debugged from this machine alone', async () => {
    const wanted = await findFreePort();
    await run('', wanted);
    assert.equal(await isPortFree(wanted), false);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others) assert.ok(await isPortFree(wanted, address), address);
  });

  it('has another free port for each further instance', async () => {
    const wanted = await findFreePort();
    const running = await run('manual_scaling:\n  instances: 2', wanted);
    const instances = () => running.services()[0]?.instances ?? [];
    while (instances().some(({ state }) => state !== 'ready')) {
      await eventThat(running, 'instance', ({ state }) => state === 'ready');
    }
    const ports = instances().map(({ inspectorPort }) => inspectorPort);
    assert.equal(ports[0], wanted);
    assert.notEqual(ports[1], wanted);
    assert.match((await debuggedScript(ports[1])) ?? '', /server\.mjs$/);
  });

  it('has another free port where its own is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const running = await run('', port);
    taken.close();
    const inspectorPort = running.services()[0]?.instances[0]?.inspectorPort;
    assert.notEqual(inspectorPort, port);
    assert.match((await debuggedScript(inspectorPort)) ?? '', /server\.mjs$/);
  });

  it('must be started by node itself', async () => {
    service = makeSmallService('entrypoint: npm start');
    await assert.rejects(
      runEmulator({ services: [{ appYaml: service.appYaml, inspectorPort: 0 }] }),
      DeploymentError,
    );
  });

  it('has none without the option', async () => {
    service = makeSmallService();
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    await emulator.whenReady();
    const [instance] = emulator.services()[0]?.instances ?? [];
    assert.equal(instance?.state, 'ready');
    assert.equal(instance?.inspectorPort, undefined);
  });
});
