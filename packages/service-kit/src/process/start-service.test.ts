import assert from 'node:assert/strict';
import { refusedServiceProcess, runServiceProcess } from '../../test/index.ts';

const main = new URL('../../test/started-service.ts', import.meta.url);

describe('startService()', () => {
  for (const [name, versions, version] of [
    ['App Engine’s version', { GAE_VERSION: 'v7' }, 'v7'],
    ['Cloud Run’s revision', { GAE_VERSION: 'v7', K_REVISION: 'started-00007' }, 'started-00007'],
  ] as const) {
    it(`loads the service with the first request, logs ${name}, and ends on SIGTERM`, async () => {
      const environment = {
        GOOGLE_CLOUD_PROJECT: 'demo',
        GAE_SERVICE: 'shop',
        LISTEN_HOST: '127.0.0.1',
        ...versions,
      };
      const exit = await runServiceProcess(main, environment, async ({ url, line }) => {
        assert.deepEqual(line['serviceContext'], { service: 'shop', version });
        assert.equal(line['host'], '127.0.0.1');
        assert.equal(await (await fetch(`${url}/healthz`)).text(), '{"status":"alive"}');
        assert.equal(await (await fetch(url)).text(), 'false');
      });
      assert.deepEqual(exit, [0, null]);
    });
  }
});

describe('processSettings()', () => {
  it('names every wrong setting', async () => {
    const { code, errorText } = await refusedServiceProcess(main, { PORT: '0', LOG_LEVEL: 'loud' });
    assert.equal(code, 1);
    assert.match(errorText, /PORT must be .*; GOOGLE_CLOUD_PROJECT is required; LOG_LEVEL must be one of/);
  });
});
