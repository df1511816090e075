import { createInterface } from 'node:readline';

/**
 * Asks a person yes or no. Anything but `y` or `yes` is no, and so are Ctrl-C, the end of the input, and `stopping`.
 */
export function confirm(
  question: string,
  terminal: {
    readonly input: NodeJS.ReadableStream;
    readonly output: NodeJS.WritableStream;
    readonly stopping: AbortSignal;
  },
): Promise<boolean> {
  const { input, output, stopping } = terminal;
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    let answered = false;
    const end = (): void => lines.close();
    lines.once('SIGINT', end);
    stopping.addEventListener('abort', end, { once: true });
    lines.once('close', () => {
      stopping.removeEventListener('abort', end);
      if (answered) return;
      output.write('\n');
      resolve(false);
    });
    lines.question(question, (answer) => {
      answered = true;
      resolve(/^y(es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}
