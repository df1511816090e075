/** One event of a stream; a comment has its text alone. */
export interface StreamedEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

/** Reads a stream of server-sent events, block by block, until it ends. */
export async function* readEvents(response: Response): AsyncGenerator<StreamedEvent> {
  if (response.body === null) return;
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield parseBlock(block);
  }
}

function parseBlock(block: string): StreamedEvent {
  const fields = block.split('\n').map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at) || 'comment', line.slice(at + 1).trimStart()];
  });
  return Object.fromEntries(fields);
}

/** The next event with data. @throws {Error} if the stream ends before */
export async function nextEvent(
  events: AsyncGenerator<StreamedEvent>,
): Promise<StreamedEvent & { data: string }> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true || value === undefined) throw new Error('The stream ended without a further event');
    if (value.data !== undefined) return { ...value, data: value.data };
  }
}
