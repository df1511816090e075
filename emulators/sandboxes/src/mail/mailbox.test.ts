import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openMovableClock } from '@waybill/emulator-kit';
import nodemailer, { type SendMailOptions } from 'nodemailer';
import { readMailbox } from './mail-store.ts';
import { type Mailbox, type MailboxOptions, startMailbox } from './mailbox.ts';

const DAY_MS = 86_400_000;

const mail: SendMailOptions = {
  from: 'Waybill <orders@waybill.example>',
  to: 'Ada <ada@example.com>',
  subject: 'Your order is confirmed – 19,99 €',
  text: 'Thank you.\n.\nA line with a dot alone.\n',
};

describe('startMailbox()', () => {
  let dataDir: string;
  let mailbox: Mailbox | undefined;
  let child: ChildProcess | undefined;
  const transports: { close(): void }[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mailbox-test-'));
  });

  afterEach(async () => {
    for (const transport of transports.splice(0)) transport.close();
    await mailbox?.close();
    mailbox = undefined;
    child?.kill('SIGKILL');
    child = undefined;
    await rm(dataDir, { recursive: true });
  });

  async function start(options: Partial<MailboxOptions> = {}): Promise<Mailbox> {
    mailbox = await startMailbox({ port: 0, dataDir, ...options });
    return mailbox;
  }

  function sender(port: number) {
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true });
    transports.push(transport);
    return transport;
  }

  it('keeps a mail, and shows its parts', async () => {
    const nowMs = Date.UTC(2026, 10, 4, 5, 6, 7);
    const { port, messages } = await start({ nowMs: () => nowMs });
    const date = new Date(Date.UTC(2026, 10, 3));
    const { messageId } = await sender(port).sendMail({
      ...mail,
      date,
      bcc: 'audit@waybill.example',
      html: '<p>Thank you</p>',
      attachments: [
        { filename: 'receipt.pdf', content: Buffer.from('%PDF-'), contentType: 'application/pdf' },
      ],
    });
    const [kept, ...others] = await messages();
    assert.ok(kept);
    const { file, text, html, ...parts } = kept;
    assert.deepEqual(parts, {
      from: 'orders@waybill.example',
      to: ['ada@example.com'],
      recipients: ['ada@example.com', 'audit@waybill.example'],
      subject: 'Your order is confirmed – 19,99 €',
      messageId,
      date: date.toISOString(),
      attachments: [{ filename: 'receipt.pdf', mimeType: 'application/pdf', sizeBytes: 5 }],
      receivedAt: '2026-11-04T05:06:07.000Z',
    });
    assert.equal(text?.replaceAll('\r\n', '\n').trim(), 'Thank you.\n.\nA line with a dot alone.');
    assert.match(html ?? '', /<p>Thank you<\/p>/);
    assert.deepEqual(others, []);
    assert.ok(file.startsWith(dataDir));
  });

  it('keeps mails in the order they came in, also over a restart', async () => {
    const first = await start();
    for (const subject of ['1', '2', '3']) await sender(first.port).sendMail({ ...mail, subject });
    await first.close();
    const second = await start();
    await sender(second.port).sendMail({ ...mail, subject: '4' });
    const subjects = (await second.messages()).map(({ subject }) => subject);
    assert.deepEqual(subjects, ['1', '2', '3', '4']);
  });

  it('takes mails side by side', async () => {
    const { port, messages } = await start();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => sender(port).sendMail({ ...mail, subject: String(i) })),
    );
    const subjects = (await messages()).map(({ subject }) => Number(subject));
    assert.deepEqual(
      subjects.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it('takes a sender without a name, and a message without headers', async () => {
    const { port, messages } = await start();
    await sender(port).sendMail({ envelope: { from: '', to: 'ada@example.com' }, raw: 'only text' });
    assert.partialDeepStrictEqual(await messages(), [
      { from: '', to: [], recipients: ['ada@example.com'], subject: '', messageId: '' },
    ]);
  });

  for (const [recipient, responseCode] of [
    ['bounce@example.com', 550],
    ['Busy@example.com', 451],
  ] as const) {
    it(`refuses ${recipient} with ${responseCode}`, async () => {
      const { port, messages } = await start();
      await assert.rejects(sender(port).sendMail({ ...mail, to: recipient }), { responseCode });
      assert.deepEqual(await messages(), []);
    });
  }

  it('keeps a mail to silent@ without acknowledging it', async () => {
    const { port, messages } = await start({ hangMs: 20 });
    await assert.rejects(sender(port).sendMail({ ...mail, to: 'silent@example.com' }));
    assert.equal((await messages()).length, 1);
  });

  it('tells its limit, and refuses a mail that turns out to be bigger', async () => {
    const { port, messages } = await start({ sizeLimitBytes: 10_000 });
    const big = { ...mail, text: `${'x'.repeat(70)}\n`.repeat(200) };
    await assert.rejects(
      sender(port).sendMail({ ...big, envelope: { from: 'a@b.example', to: 'c@d.example', size: 20_000 } }),
      { message: 'Message size larger than allowed 10000' },
    );
    await assert.rejects(sender(port).sendMail(big), { responseCode: 552 });
    assert.deepEqual(await messages(), []);
    assert.deepEqual(await readdir(join(dataDir, 'incoming')), []);
    await sender(port).sendMail(mail);
    assert.equal((await messages()).length, 1);
  });

  it('drops a mail whose sender goes away half-way', async () => {
    const { port, messages } = await start();
    const socket = net.connect(port, '127.0.0.1');
    const lines = createInterface({ input: socket });
    const say = async (line: string, code: string) => {
      socket.write(`${line}\r\n`);
      for (;;) {
        const [answer] = (await once(lines, 'line')) as [string];
        if (answer.startsWith(`${code} `)) return;
      }
    };
    await once(lines, 'line');
    await say('HELO test', '250');
    await say('MAIL FROM:<a@b.example>', '250');
    await say('RCPT TO:<c@d.example>', '250');
    await say('DATA', '354');
    socket.write('Subject: half\r\n\r\nhalf');
    socket.destroy();
    await mailbox?.close();
    assert.deepEqual(await messages(), []);
  });

  it('removes what a killed process left unfinished', async () => {
    await mkdir(join(dataDir, 'incoming'));
    await writeFile(join(dataDir, 'incoming', '1-000000-a.eml'), 'Subject: ha');
    const { messages } = await start();
    assert.deepEqual(await readdir(join(dataDir, 'incoming')), []);
    assert.deepEqual(await messages(), []);
  });

  it('does not take the headers of a forwarded mail for its own recipients', async () => {
    const { port, messages } = await start();
    const raw = 'Delivered-To: someone@else.example\r\nReceived: from afar\r\nSubject: Fwd\r\n\r\nSee below';
    await sender(port).sendMail({ envelope: { from: 'a@b.example', to: 'ada@example.com' }, raw });
    assert.partialDeepStrictEqual(await messages(), [{ subject: 'Fwd', recipients: ['ada@example.com'] }]);
    assert.equal((await messages())[0]?.recipients.length, 1);
  });

  it('answers 452 where it can keep nothing', async () => {
    const { port } = await start();
    await rm(dataDir, { recursive: true });
    await assert.rejects(sender(port).sendMail(mail), { responseCode: 452 });
    dataDir = await mkdtemp(join(tmpdir(), 'mailbox-test-'));
  });

  it('names a taken port', async () => {
    const { port } = await start();
    await assert.rejects(startMailbox({ port, dataDir }), { code: 'PORT_TAKEN' });
  });

  it('dates mails by a clock that is moved by somebody else', async () => {
    const clockDir = await mkdtemp(join(dataDir, 'clock-'));
    const port = await startProcess('--clock-dir', clockDir);
    await sender(port).sendMail({ ...mail, subject: 'today' });
    openMovableClock(clockDir).setOffset(DAY_MS);
    await sender(port).sendMail({ ...mail, subject: 'tomorrow' });
    const [today, tomorrow] = await readMailbox(dataDir);
    assert.ok(Date.parse(today?.receivedAt ?? '') <= Date.now());
    assert.ok(Date.parse(tomorrow?.receivedAt ?? '') - Date.parse(today?.receivedAt ?? '') >= DAY_MS);
    assert.equal(tomorrow?.subject, 'tomorrow');
  });

  /** @returns its port */
  async function startProcess(...args: string[]): Promise<number> {
    const main = new URL('./main.ts', import.meta.url).pathname;
    child = spawn(process.execPath, [main, '--port', '0', '--data-dir', dataDir, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(child.stdout);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return Number(/^mailbox listening on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
  }

  it('keeps every acknowledged mail over kill -9; another process reads them', async () => {
    const port = await startProcess();
    const exited = once(child as ChildProcess, 'exit');
    const acknowledged: string[] = [];
    const send = async (stream: number) => {
      for (let i = 0; acknowledged.length < 20; i++) {
        const subject = `${stream}-${i}`;
        await sender(port).sendMail({ ...mail, subject });
        acknowledged.push(subject);
        if (acknowledged.length === 20) child?.kill('SIGKILL');
      }
    };
    await Promise.allSettled([0, 1, 2].map(send));
    await exited;
    const subjects = (await readMailbox(dataDir)).map(({ subject }) => subject);
    assert.ok(acknowledged.length >= 20);
    for (const subject of acknowledged) assert.equal(subjects.filter((kept) => kept === subject).length, 1);
  });
});

describe('readMailbox()', () => {
  it('finds nothing where there is no folder yet', async () => {
    assert.deepEqual(await readMailbox(join(tmpdir(), 'no-such-folder-of-mails')), []);
  });
});
