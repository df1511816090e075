import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';

const QUEUE = `${PARENT}/queues/rest`;

describe('REST, as the service was recorded', () => {
  let test: TestEmulator;

  before(async () => {
    test = await startTestEmulator();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    await test.client.pauseQueue({ name: QUEUE });
  });
  after(() => test.close());

  async function call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${test.emulator.port}/v2/${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** The text of a refusal and its violations. */
  async function refusal(method: string, path: string, body?: unknown) {
    const { status, text } = await call(method, path, body);
    const { error } = JSON.parse(text);
    assert.deepEqual([status, error.code, error.status], [400, 400, 'INVALID_ARGUMENT']);
    const [detail] = error.details ?? [];
    if (detail) assert.equal(detail['@type'], 'type.googleapis.com/google.rpc.BadRequest');
    return { message: error.message, violations: detail?.fieldViolations };
  }

  const PREFIX = 'Invalid JSON payload received.';
  const refused: [title: string, method: string, path: string, body: unknown, field: string, text: string][] =
    [
      [
        'an unknown field',
        'POST',
        '/tasks',
        { bogus: 1 },
        '',
        `${PREFIX} Unknown name "bogus": Cannot find field.`,
      ],
      [
        'an unknown parameter',
        'GET',
        '/tasks?bogus=1',
        undefined,
        '',
        `${PREFIX} Unknown name "bogus": Cannot bind query parameter. Field 'bogus' could not be found in request message.`,
      ],
      [
        'a number for a text',
        'POST',
        '/tasks',
        { task: { name: 5 } },
        'task.name',
        "Invalid value at 'task.name' (TYPE_STRING), 5",
      ],
      [
        'a text for a number',
        'GET',
        '/tasks?pageSize=abc',
        undefined,
        'page_size',
        `Invalid value at 'page_size' (TYPE_INT32), "abc"`,
      ],
      [
        'an unknown enum name',
        'GET',
        '/tasks?responseView=NOPE',
        undefined,
        'response_view',
        `Invalid value at 'response_view' (type.googleapis.com/google.cloud.tasks.v2.Task.View), "NOPE"`,
      ],
      ['a list', 'POST', '/tasks', [], '', `${PREFIX} Unknown name "": Root element must be a message.`],
    ];
  for (const [title, method, path, body, field, description] of refused) {
    it(`refuses ${title}, before it looks for the queue`, async () => {
      for (const queue of [QUEUE, `${PARENT}/queues/none`]) {
        assert.deepEqual(await refusal(method, `${queue}${path}`, body), {
          message: description,
          violations: [{ ...(field !== '' && { field }), description }],
        });
      }
    });
  }

  it('refuses all problems at once', async () => {
    const httpRequest = { bogus: 1, other: 2, url: 'http://a' };
    const unknown = (name: string) =>
      `${PREFIX} Unknown name "${name}" at 'task.http_request': Cannot find field.`;
    const { message, violations } = await refusal('POST', `${QUEUE}/tasks`, { task: { httpRequest } });
    assert.equal(message, `${unknown('bogus')}\n${unknown('other')}`);
    assert.deepEqual(violations, [
      { field: 'task.http_request', description: unknown('bogus') },
      { field: 'task.http_request', description: unknown('other') },
    ]);
  });

  it('refuses malformed JSON without details', async () => {
    const { message, violations } = await refusal('POST', `${QUEUE}/tasks`, '{"a');
    assert.match(message, /^Invalid JSON payload received\. ./);
    assert.equal(violations, undefined);
  });

  it('writes fields in the order of their numbers, with 2 blanks, without defaults', async () => {
    const body = {
      task: {
        retryConfig: { minBackoff: '1.500s' },
        httpRequest: { oidcToken: { serviceAccountEmail: 'a@b' }, body: 'eA==', url: 'https://a' },
      },
      responseView: 'FULL',
    };
    const { text } = await call('POST', `${QUEUE}/tasks`, body);
    const task = JSON.parse(text);
    assert.equal(text, `${JSON.stringify(task, null, 2)}\n`);
    assert.deepEqual(Object.keys(task), [
      'name',
      'httpRequest',
      'scheduleTime',
      'createTime',
      'dispatchDeadline',
      'view',
      'retryConfig',
    ]);
    assert.deepEqual(Object.keys(task.httpRequest), ['url', 'httpMethod', 'headers', 'body', 'oidcToken']);
    assert.deepEqual(task.retryConfig, {
      maxAttempts: 100,
      minBackoff: '1.500s',
      maxBackoff: '3600s',
      maxDoublings: 16,
    });
  });

  it('takes prettyPrint and enum-encoding', async () => {
    const compact = await call('GET', `${QUEUE}?prettyPrint=false`);
    assert.equal(compact.text, JSON.stringify(JSON.parse(compact.text)));
    const numbers = await call('GET', `${QUEUE}?$alt=json;enum-encoding=int`);
    assert.equal(JSON.parse(numbers.text).state, 2);
    const { text } = await call('GET', `${QUEUE}/tasks?responseView=2&alt=json`);
    assert.equal(JSON.parse(text).tasks[0].view, 'FULL');
  });

  it('takes an empty update mask as an absent one, and snake case', async () => {
    const update = async (query: string, queue: object) =>
      JSON.parse((await call('PATCH', `${QUEUE}?updateMask=${query}`, queue)).text);
    const first = await update('retry_config.max_attempts', { retry_config: { max_attempts: 7 } });
    assert.equal(first.retryConfig.maxAttempts, 7);
    assert.equal((await update('retryConfig.maxDoublings', {})).retryConfig.maxAttempts, 7);
    assert.equal((await update('', {})).retryConfig.maxAttempts, 100);
  });

  it('takes POST with X-HTTP-Method-Override as PATCH, which Java sends', async () => {
    const send = async (headers: Record<string, string>, method = 'POST') => {
      const url = `http://127.0.0.1:${test.emulator.port}/v2/${QUEUE}?updateMask=retryConfig.maxAttempts`;
      return fetch(url, { method, headers, body: JSON.stringify({ retryConfig: { maxAttempts: 5 } }) });
    };
    for (const value of ['PATCH', 'patch']) {
      const response = await send({ 'X-HTTP-Method-Override': value });
      assert.equal(JSON.parse(await response.text()).retryConfig.maxAttempts, 5);
    }
    assert.equal((await send({})).status, 404);
    assert.equal((await send({ 'X-HTTP-Method-Override': 'DELETE' }, 'PATCH')).status, 200);
    assert.equal((await call('GET', QUEUE)).status, 200);
  });

  for (const [method, path] of [
    ['GET', '/v2/bogus'],
    ['GET', `/v2/${PARENT}/operations`],
    ['DELETE', `/v2/${QUEUE}:pause`],
    ['POST', `/v2/${QUEUE}/tasks/a:bogus`],
    ['GET', '/v2/%3Cb%3E'],
  ] as const) {
    it(`answers ${method} ${path} with Google's page`, async () => {
      const response = await fetch(`http://127.0.0.1:${test.emulator.port}${path}`, { method });
      const text = await response.text();
      assert.equal(response.status, 404);
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
      assert.ok(text.includes('<title>Error 404 (Not Found)!!1</title>'));
      assert.ok(text.includes('<p><b>404.</b> <ins>That’s an error.</ins>'));
      const last = `  <p>The requested URL <code>${path}</code> was not found on this server.  <ins>That’s all we know.</ins>\n`;
      assert.ok(text.endsWith(last), text);
    });
  }
});
