import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/headers`;

/** Headers that the service drops; `Expect` is not recorded. */
const DROPPED = [
  'User-Agent',
  'Host',
  'Content-Length',
  'Connection',
  'Keep-Alive',
  'Proxy-Authorization',
  'Proxy-Connection',
  'TE',
  'Transfer-Encoding',
  'Upgrade',
  'Expect',
  'Via',
  'Accept-Encoding',
  'X-Forwarded-For',
  'From',
  'X-Google',
  'X-Google-Anything',
  'X-AppEngine-Anything',
];

/** Values with the values that are stored; undefined: the header is dropped. */
const VALUES: [given: string, stored: string | undefined][] = [
  ['a\nb', 'a_b'],
  ['a\r\nb', 'a__b'],
  ['cut\0here', 'cut'],
  ['a\tb', 'a\tb'],
  [' ', ' '],
  ['', undefined],
  ['\0', undefined],
  ['é', undefined],
  ['a\u0001', undefined],
  ['a\u007f', undefined],
  ['x'.repeat(8_182), 'x'.repeat(8_182)],
  ['x'.repeat(8_183), undefined],
];

describe('headers of a task, as the service was recorded', () => {
  let test: TestEmulator;
  let receiver: Receiver;
  let transports: Transport[];

  before(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
    transports = [grpcTransport(test.emulator.port), restTransport(test.emulator.port)];
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
    await receiver.close();
  });

  /** The stored headers of a new task, which has arrived. */
  async function store(transport: Transport, headers: Record<string, string>, target = 'httpRequest') {
    const count = receiver.received.length;
    const request = target === 'httpRequest' ? { url: receiver.url, headers } : { headers };
    const { message, response } = await transport.call('CreateTask', {
      parent: QUEUE,
      task: { [target]: request },
    });
    assert.equal(message, '');
    if (target === 'httpRequest') await receiver.waitFor(count + 1);
    await test.emulator.whenIdle();
    return response[target].headers as Record<string, string>;
  }

  for (const name of DROPPED) {
    it(`${name} is dropped in any case, and the task arrives`, async () => {
      for (const transport of transports) {
        for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
          assert.deepEqual(await store(transport, { [spelling]: 'chunked', 'X-Kept': '1' }), {
            'X-Kept': '1',
            'User-Agent': 'Google-Cloud-Tasks',
          });
        }
        assert.equal(receiver.received.at(-1)?.headers['x-kept'], '1');
        if (name === 'User-Agent') continue;
        const stored = await store(transport, { [name]: 'chunked' }, 'appEngineHttpRequest');
        assert.deepEqual(Object.keys(stored), ['User-Agent']);
      }
    });
  }

  it('others are kept', async () => {
    const headers = {
      Authorization: 'Basic abc',
      'Content-Type': 'text/plain',
      Trailer: 'x',
      'X-Forwarded-Proto': 'https',
      'X-Goog-Api-Key': 'k',
      'X-CloudTasks-QueueName': 'forged',
    };
    for (const transport of transports) {
      const stored = await store(transport, headers);
      assert.deepEqual(stored, { ...headers, 'User-Agent': 'Google-Cloud-Tasks' });
      // At dispatch the service's value wins.
      assert.equal(receiver.received.at(-1)?.headers['x-cloudtasks-queuename'], 'headers');
      assert.equal(receiver.received.at(-1)?.headers['authorization'], 'Basic abc');
    }
  });

  it('names that are none are dropped, but X/Slash is stored', async () => {
    const headers = { '': 'a', 'a b': 'a', 'a\tb': 'a', 'a:b': 'a', é: 'a', 'X/Slash': 'kept' };
    for (const transport of transports) {
      assert.deepEqual(await store(transport, headers), {
        'X/Slash': 'kept',
        'User-Agent': 'Google-Cloud-Tasks',
      });
    }
  });

  it('values are rewritten, or dropped', async () => {
    for (const transport of transports) {
      for (const [given, expected] of VALUES) {
        const stored = await store(transport, { 'X-Long': given });
        assert.equal(stored['X-Long'], expected, `${transport.name} ${JSON.stringify(given).slice(0, 20)}`);
      }
    }
  });
});
