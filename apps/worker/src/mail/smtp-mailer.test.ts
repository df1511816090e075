import assert from 'node:assert/strict';
import { describeError } from '@waybill/service-kit';
import { PermanentError, StepNotDoneError } from '@waybill/task-runtime';
import { type MailServer, startMailServer } from '../../test/mail-server.ts';
import type { Mailer } from './mailer.ts';
import { createSmtpMailer } from './smtp-mailer.ts';

const mail = {
  to: 'ada@example.com',
  subject: 'Tea & cake',
  text: 'Line 1\n.\nLine 3\n',
  html: '<p>Line 1\n.\nLine 3\n</p>',
  id: 'task-1',
};

describe('createSmtpMailer()', () => {
  let server: MailServer;
  let mailer: Mailer;
  const { signal } = new AbortController();
  beforeEach(async () => {
    server = await startMailServer();
    mailer = createSmtpMailer({
      url: server.url,
      from: 'Waybill <orders@waybill.example>',
      timeoutMs: 2_000,
    });
  });
  afterEach(() => server.close());

  /** What a send fails with. */
  const failure = async (): Promise<unknown> =>
    mailer.send(mail, signal).then(
      () => assert.fail('it was sent'),
      (error: unknown) => error,
    );

  for (const from of [
    'Team: evil@example.org; <orders@waybill.example>',
    'evil@example.org <orders@waybill.example>',
    'Doe, Jane, evil@example.org <orders@waybill.example>',
    '"Bcc: evil@example.org" <orders@waybill.example>',
    'Wäybill 📦 <orders@waybill.example>',
  ]) {
    it(`keeps a display name a name: ${from}`, async () => {
      await createSmtpMailer({ url: server.url, from, timeoutMs: 2_000 }).send(mail, signal);
      const [received, ...others] = server.mails;
      assert.deepEqual(others, []);
      assert.ok(server.commands.some((command) => /^MAIL FROM:<orders@waybill\.example>/.test(command)));
      const header = /^From: (.*(?:\r\n .*)*)/m.exec(received?.raw ?? '')?.[1] ?? '';
      assert.match(header, /^(?:"[^"]*"|=\?UTF-8\?\S+\?=) <orders@waybill\.example>$/);
    });
  }

  for (const to of [
    'ada@example.com, eve@example.org',
    'Team: ada@example.com, eve@example.org;',
    '"eve@example.org" <ada@example.com>',
    'ada@example.com\r\nBcc: eve@example.org',
  ]) {
    it(`sends nothing to a recipient that is not one address: ${JSON.stringify(to)}`, async () => {
      await assert.rejects(mailer.send({ ...mail, to }, signal), (error: Error) => {
        assert.ok(error instanceof StepNotDoneError);
        assert.equal((error.cause as PermanentError).code, 'RECIPIENT_REFUSED');
        return true;
      });
      assert.deepEqual(server.mails, []);
    });
  }

  it('sends a mail, and tells its Message-ID and what the server said', async () => {
    assert.deepEqual(await mailer.send(mail, signal), {
      messageId: '<task-1@waybill.example>',
      response: '250',
    });
    const [received] = server.mails;
    assert.equal(received?.to, 'ada@example.com');
    assert.match(received?.raw ?? '', /^Subject: Tea & cake\r$/m);
    assert.match(received?.raw ?? '', /\r\n\r\nLine 1\r\n\.\.\r\nLine 3/);
  });

  for (const [what, script, code] of [
    ['a recipient refused for now', { rcpt: '450 busy, ada@example.com' }, 'MAIL_SERVER_UNAVAILABLE'],
    ['a connection cut before the body', { rcpt: 'drop' }, 'MAIL_SERVER_UNAVAILABLE'],
    ['a body refused for now', { body: '452 no room' }, 'MAIL_SERVER_UNAVAILABLE'],
    ['a server that shuts down at the body', { body: '421 bye' }, 'MAIL_SERVER_UNAVAILABLE'],
    [
      'a recipient refused',
      { rcpt: '550 5.1.1 no such user: Ada Lovelace <Ada@Example.com>, ada at example' },
      'RECIPIENT_REFUSED',
    ],
    ['a body refused', { body: '554 spam for ada@example.com' }, 'MESSAGE_REFUSED'],
  ] as const) {
    it(`says of ${what} that it was not sent: ${code}`, async () => {
      server.script = script;
      const error = await failure();
      assert.ok(error instanceof StepNotDoneError, String(error));
      assert.equal((error.cause as { code?: string }).code, code);
      assert.equal(error.cause instanceof PermanentError, code !== 'MAIL_SERVER_UNAVAILABLE');
      // Also where the server names it in another form, or names somebody else.
      assert.doesNotMatch(JSON.stringify(describeError(error)), /ada|example|Lovelace|no room|bye/i);
    });
  }

  it('says that it was not sent where nobody listens', async () => {
    await server.close();
    const error = await failure();
    server = await startMailServer();
    assert.ok(error instanceof StepNotDoneError);
    assert.equal((error.cause as { code?: string }).code, 'MAIL_SERVER_UNAVAILABLE');
  });

  it('can’t say so of a connection cut after the body', async () => {
    server.script = { body: 'drop' };
    const error = await failure();
    assert.ok(error instanceof Error);
    assert.ok(!(error instanceof StepNotDoneError));
  });

  it('sends nothing once it was told to stop', async () => {
    const aborted = AbortSignal.abort(new Error('stopping'));
    await assert.rejects(mailer.send(mail, aborted), StepNotDoneError);
    assert.deepEqual(server.mails, []);
  });

  for (const [what, address] of [
    ['a password', 'smtp://waybill:hunter2@127.0.0.1'],
    ['a user', 'smtp://waybill@127.0.0.1'],
    // Not a name of this machine's, but it leads there.
    ['a sender', 'smtp://0.0.0.0'],
  ] as const) {
    it(`sends neither ${what} nor a mail to a server without STARTTLS`, async () => {
      const url = new URL(`${address}:${server.url.port}?ignoreTLS=true&requireTLS=false`);
      server.script = { ehlo: '250-mail.example\r\n250 AUTH PLAIN LOGIN' };
      mailer = createSmtpMailer({ url, from: 'orders@waybill.example', timeoutMs: 2_000 });
      const error = await failure();
      assert.ok(error instanceof StepNotDoneError, String(error));
      assert.match(String((error.cause as Error).message), /in clear text nothing is sent: SMTP_URL must/);
      assert.deepEqual(
        server.commands.filter((line) => /AUTH|MAIL FROM|hunter2/i.test(line)),
        [],
      );
      assert.deepEqual(server.mails, []);
    });
  }

  it('refuses a sender without address', () => {
    assert.throws(() => createSmtpMailer({ url: server.url, from: 'Waybill' }), RangeError);
  });
});
