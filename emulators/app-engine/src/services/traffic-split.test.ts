import assert from 'node:assert/strict';
import { DeploymentError } from './deployment-error.ts';
import { TrafficSplit } from './traffic-split.ts';

const visitor = { address: '192.0.2.1', cookie: undefined };

describe('TrafficSplit', () => {
  it('splits at random by the shares', () => {
    const split = new TrafficSplit({ v1: 0.7, v2: 0.2, v3: 0.1 }, 'random');
    const versions = [0, 0.69, 0.7, 0.89, 0.9, 0.999].map(
      (point) => split.assign(visitor, () => point).version,
    );
    assert.deepEqual(versions, ['v1', 'v1', 'v2', 'v2', 'v3', 'v3']);
    assert.deepEqual(
      split.assign({ ...visitor, cookie: 'GOOGAPPUID=0' }, () => 0.9),
      { version: 'v3' },
    );
  });

  it('goes by the cookie, wherever it stands among others', () => {
    const split = new TrafficSplit({ v1: 0.999, v2: 0.001 }, 'cookie');
    const noRandom = () => assert.fail('nothing random');
    const assigned = (cookie: string) => split.assign({ ...visitor, cookie }, noRandom);
    assert.deepEqual(assigned('GOOGAPPUID=998'), { version: 'v1' });
    assert.deepEqual(assigned('GOOGAPPUID=999'), { version: 'v2' });
    assert.deepEqual(assigned('a=1; GOOGAPPUID=999; b=2'), { version: 'v2' });
    assert.deepEqual(assigned('a=1;GOOGAPPUID=0'), { version: 'v1' });
  });

  it('places a client without a good cookie at random, by a cookie that leads to the same version', () => {
    const split = new TrafficSplit({ v1: 0.25, v2: 0.75 }, 'cookie');
    for (const cookie of [
      undefined,
      '',
      'GOOGAPPUID=1000',
      'GOOGAPPUID=x',
      'XGOOGAPPUID=1',
      'a=GOOGAPPUID',
    ]) {
      assert.deepEqual(
        split.assign({ ...visitor, cookie }, () => 0.2509),
        { version: 'v2', setCookie: 'GOOGAPPUID=250; Path=/' },
        cookie,
      );
    }
    assert.equal(split.assign({ ...visitor, cookie: 'GOOGAPPUID=250' }, Math.random).version, 'v2');
    assert.equal(split.assign({ ...visitor, cookie: 'GOOGAPPUID=249' }, Math.random).version, 'v1');
  });

  it('gives an address the same version each time, and the addresses their shares', () => {
    const split = new TrafficSplit({ v1: 0.2, v2: 0.8 }, 'ip');
    const noRandom = () => assert.fail('nothing random');
    const versionOf = (address: string) =>
      split.assign({ address, cookie: 'GOOGAPPUID=0' }, noRandom).version;
    const addresses = Array.from({ length: 1000 }, (_, number) => `10.0.${number >> 8}.${number & 255}`);
    const first = addresses.map(versionOf);
    assert.deepEqual(addresses.map(versionOf), first);
    const share = first.filter((version) => version === 'v1').length / 1000;
    assert.ok(share > 0.15 && share < 0.25, String(share));
  });

  it('sets no cookie where one version has all the traffic', () => {
    assert.deepEqual(
      new TrafficSplit({ v1: 1 }, 'cookie').assign(visitor, () => 0.5),
      { version: 'v1' },
    );
  });

  it('takes ten shares of a tenth', () => {
    const tenths = Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`v${number}`, 0.1]));
    const split = new TrafficSplit(tenths, 'ip');
    assert.equal(split.assign(visitor, () => 0).version.length, 2);
    assert.equal(new TrafficSplit(tenths, 'random').assign(visitor, () => 0.3).version, 'v3');
  });

  const refused: [string, ConstructorParameters<typeof TrafficSplit>, RegExp][] = [
    ['that do not add up', [{ v1: 0.5, v2: 0.4 }, 'random'], /add up to 1, got 0\.9/],
    ['of nothing', [{ v1: 1, v2: 0 }, 'random'], /share of version "v2" must be above 0, got 0/],
    [
      'finer than a hundredth by ip',
      [{ v1: 0.995, v2: 0.005 }, 'ip'],
      /must be a multiple of 0\.01 where traffic is split by ip/,
    ],
    [
      'finer than a thousandth by cookie',
      [{ v1: 0.9995, v2: 0.0005 }, 'cookie'],
      /a multiple of 0\.001 where/,
    ],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses shares ${what}`, () => {
      assert.throws(
        () => new TrafficSplit(...args),
        (error: Error) => error instanceof DeploymentError && message.test(error.message),
      );
    });
  }
});
