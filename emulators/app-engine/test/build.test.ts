import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppEngineEmulator, ServiceStartError } from '../src/index.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

describe('the build of a service', () => {
  let service: SmallService;
  let emulator: AppEngineEmulator | undefined;

  afterEach(async () => {
    await emulator?.close();
    emulator = undefined;
    service.remove();
  });
  const writeScripts = (scripts: Record<string, string>) =>
    writeFileSync(join(service.folder, 'package.json'), JSON.stringify({ scripts }));

  it('runs gcp-build with the variables of the build before the first instance', async () => {
    service = makeSmallService('entrypoint: node built.mjs\nbuild_env_variables: {NAME: built}');
    writeScripts({ 'gcp-build': 'cp server.mjs $NAME.mjs && echo copied' });
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    const copied = eventThat(emulator, 'log', ({ line }) => line === 'copied');
    await emulator.whenReady();
    const { instance } = (await copied) as { instance: string };
    assert.equal(instance, 'build');
    const { env } = (await send(emulator.port)).json() as { env: Record<string, string> };
    assert.equal(env['NAME'], undefined);
  });

  it('names the script that fails, and starts nothing', async () => {
    service = makeSmallService();
    writeScripts({ 'gcp-build': 'echo no such type; exit 3' });
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    await assert.rejects(emulator.whenReady(), (error: Error) => {
      assert.ok(error instanceof ServiceStartError);
      assert.match(error.message, /was not built: npm run gcp-build ended with exit code 3/);
      assert.match(error.message, /no such type/);
      return true;
    });
    assert.deepEqual(emulator.services()[0]?.instances, []);
  });

  it('warns where another Node runs than the runtime says', async () => {
    service = makeSmallService();
    writeFileSync(service.appYaml, 'runtime: nodejs99\nentrypoint: node server.mjs\n');
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    const warned = await eventThat(emulator, 'warning', () => true);
    const [major] = process.versions.node.split('.');
    assert.deepEqual(warned, {
      service: 'default',
      version: 'v1',
      message: `runs on Node ${major}, not on the Node 99 of "runtime: nodejs99"`,
    });
  });

  it('warns of a dependency that is not installed', async () => {
    service = makeSmallService();
    const dependencies = { 'waybill-no-such-package': '1.0.0' };
    writeFileSync(join(service.folder, 'package.json'), JSON.stringify({ dependencies }));
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    const warned = await eventThat(emulator, 'warning', () => true);
    assert.equal(
      (warned as { message: string }).message,
      `"waybill-no-such-package" is not installed: run npm install in ${service.folder}`,
    );
  });
});
