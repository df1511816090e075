import { spawn } from 'node:child_process';

/**
 * Runs another Node in this one's place, with this process's output, signals and exit code. A terminal's Ctrl-C reaches
 * both by itself. The channel between them carries nothing. It closes when this process is killed, even with -9; the other
 * Node then gets `disconnect`.
 */
export function runNode(node, args, env) {
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
