import { once } from 'node:events';
import { connect } from 'node:net';
import { Flag, FrameType } from '../../src/http2/frame.ts';
import { frame, numberFrame, settingsFrame } from '../../src/http2/frame-writer.ts';
import { callHeaders, callMessage, PREFACE } from '../support/raw-http2-client.ts';

/** Random whole numbers below a bound, the same for the same seed. */
export type Random = (below: number) => number;

/** A generator of random numbers (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Most faults end their connection, so they must be rare for a connection to get far. */
const BROKEN_ONE_IN = 25;
const ODD_ONE_IN = 60;

const METHODS = ['Echo', 'Count', 'Chat', 'Hold', 'Unknown'];
const TEXTS = ['hello', '', '3×10', 'throw', 'fail', 'odd', 'undecodable', 'x'.repeat(5_000)];

/** Opens a connection, sends frames of which some are broken, and waits until the server or the client ends it. */
export async function attack(port: number, random: Random, frames: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const ids = { next: 1 };
  const bytes = [PREFACE, settingsFrame([])];
  for (let count = 0; count < frames; count++) {
    const made = randomFrame(random, ids);
    bytes.push(random(BROKEN_ONE_IN) === 0 ? broken(random, made) : made);
  }
  const all = Buffer.concat(bytes);
  for (let at = 0; at < all.length && !socket.destroyed; ) {
    const end = at + 1 + random(4_000);
    socket.write(all.subarray(at, end));
    at = end;
    if (random(4) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (random(2) === 0) socket.end();
  else socket.destroy();
  await closed;
}

function randomFrame(random: Random, ids: { next: number }): Buffer {
  const id = 1 + random(ids.next + 4);
  const any = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random(256)));
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  switch (random(ODD_ONE_IN)) {
    case 0:
      return settingsFrame([[random(8), pick([0, 1, 16_384, 65_535, 2 ** 31 - 1, 2 ** 32 - 1])]]);
    case 1:
      return frame(FrameType.PING, random(2), 0, any(8));
    case 2:
      return numberFrame(FrameType.WINDOW_UPDATE, pick([0, id]), pick([0, 1, 65_535, 2 ** 31 - 1]));
    case 3:
      return numberFrame(FrameType.RST_STREAM, id, random(16));
    case 4:
      return frame(random(12), random(256), pick([0, id]), any(random(40)));
    case 5:
      return frame(FrameType.HEADERS, pick([0, Flag.END_HEADERS, 5, 0x2d]), id, any(random(60)));
    case 6:
      return frame(FrameType.CONTINUATION, pick([0, Flag.END_HEADERS]), id, any(random(20)));
    case 7:
      return frame(FrameType.DATA, random(16), id, any(random(60)));
    default:
      return randomCall(random, ids);
  }
}

function randomCall(random: Random, ids: { next: number }): Buffer {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const id = ids.next;
  ids.next += 2;
  return Buffer.concat([
    callHeaders(id, `/test.Echo/${pick(METHODS)}`, [
      ['grpc-timeout', pick(['1m', '5S', '99999999H', 'x'])],
      ['grpc-encoding', pick(['identity', 'gzip', 'br'])],
    ]),
    callMessage(id, pick(TEXTS), { end: random(3) > 0, flag: pick([0, 0, 0, 1, 2]) }),
  ]);
}

function broken(random: Random, made: Buffer): Buffer {
  const changed = Buffer.from(made);
  // The length stays sensible mostly, or every later frame would be lost.
  for (let count = 1 + random(3); count > 0; count--) {
    changed[random(20) === 0 ? random(3) : random(changed.length)] = random(256);
  }
  return random(10) === 0 ? changed.subarray(0, random(changed.length)) : changed;
}
