import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The mail server's responses, as SMTP writes them: `550 no such user`. */
export interface MailServerScript {
  /** To EHLO. Default: taken, without extensions. */
  ehlo?: string;
  /** To RCPT TO. Default: taken. `drop` cuts the connection instead. */
  rcpt?: string;
  /** To the body. Default: taken. `drop` cuts the connection instead. */
  body?: string;
}

/** A mail that the server took. */
export interface ReceivedMail {
  readonly to: string;
  /** Header and text as they came, decoded from quoted-printable as far as soft line breaks go. */
  readonly raw: string;
}

/** A mail server of a few lines, for what a real one does only on bad days. */
export interface MailServer {
  readonly url: URL;
  readonly mails: readonly ReceivedMail[];
  /** The commands that came, without those of a body. */
  readonly commands: readonly string[];
  /** Connections so far. */
  readonly connections: () => number;
  script: MailServerScript;
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback. */
export async function startMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serveMails(socket, {
      script: () => bed.script,
      taken: (mail) => mails.push(mail),
      asked: (command) => commands.push(command),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const bed: MailServer = {
    url: new URL(`smtp://127.0.0.1:${port}`),
    mails,
    commands,
    connections: () => connections,
    script: {},
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return bed;
}

/** Speaks SMTP with a client, command by command. */
function serveMails(
  socket: Socket,
  options: {
    script: () => MailServerScript;
    taken: (mail: ReceivedMail) => void;
    asked: (command: string) => void;
  },
): void {
  const { script, taken, asked } = options;
  let input = '';
  let to = '';
  let inBody = false;
  const respond = (text: string): void => {
    if (text === 'drop') socket.destroy();
    else socket.write(`${text}\r\n`);
  };
  const takeBody = (text: string): void => {
    inBody = false;
    const reply = script().body ?? '250 taken';
    if (reply.startsWith('2')) taken({ to, raw: text.replaceAll('=\r\n', '') });
    respond(reply);
  };
  const takeCommand = (text: string): void => {
    asked(text);
    if (/^EHLO/i.test(text) && script().ehlo !== undefined) respond(script().ehlo ?? '');
    else if (/^STARTTLS/i.test(text)) respond('502 not known');
    else if (/^RCPT TO:/i.test(text)) {
      to = /<([^>]*)>/.exec(text)?.[1] ?? '';
      respond(script().rcpt ?? '250 ok');
    } else if (/^DATA/i.test(text)) {
      inBody = true;
      respond('354 go on');
    } else if (/^QUIT/i.test(text)) {
      respond('221 bye');
      socket.end();
    } else respond('250 ok');
  };
  socket.on('data', (chunk) => {
    input += chunk.toString('utf8');
    for (;;) {
      const end = inBody ? input.indexOf('\r\n.\r\n') : input.indexOf('\r\n');
      if (end < 0) return;
      const text = input.slice(0, end);
      input = input.slice(end + (inBody ? 5 : 2));
      if (inBody) takeBody(text);
      else takeCommand(text);
    }
  });
  respond('220 mail server of a test');
}
