import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, crc32, deflateSync, inflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { rootDir } from '../../src/support/flow-stack.ts';

const SIGNATURE_BYTES = 8;
/** Length, type and checksum around a chunk's data. */
const LENGTH_BYTES = 4;
const TYPE_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** What lies further down says nothing new. */
const MAX_HEIGHT_PIXELS = 5_000;

/**
 * Keeps how a page looks as `docs/screenshots/<name>.png`, where the environment has KEEP_SCREENSHOTS=1, as
 * `npm run screenshots:console -w test` does; else does nothing, for times and ids differ from run to run.
 */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  if (process.env['KEEP_SCREENSHOTS'] !== '1') return;
  const { width, height } = (await page.evaluate(
    '({ width: innerWidth, height: document.documentElement.scrollHeight })',
  )) as { width: number; height: number };
  const clip = { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT_PIXELS) };
  const png = await page.screenshot({ fullPage: true, clip, animations: 'disabled', caret: 'hide' });
  const folder = join(rootDir, 'docs/screenshots');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), packed(png));
}

/** The same picture in fewer bytes: Chromium packs for speed. Source: the PNG specification, chapters 5 and 10 */
function packed(png: Buffer): Buffer {
  const others: Buffer[] = [];
  const pixels: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const end = at + LENGTH_BYTES + TYPE_BYTES + png.readUInt32BE(at) + CHECKSUM_BYTES;
    const whole = png.subarray(at, end);
    const data = whole.subarray(LENGTH_BYTES + TYPE_BYTES, -CHECKSUM_BYTES);
    if (whole.toString('latin1', LENGTH_BYTES, LENGTH_BYTES + TYPE_BYTES) === 'IDAT') pixels.push(data);
    else others.push(whole);
    at = end;
  }
  const [header, ...rest] = others;
  if (header === undefined) throw new Error('The browser gave a picture that is no PNG');
  const data = deflateSync(inflateSync(Buffer.concat(pixels)), {
    level: constants.Z_BEST_COMPRESSION,
    memLevel: constants.Z_MAX_MEMLEVEL,
  });
  return Buffer.concat([png.subarray(0, SIGNATURE_BYTES), header, chunk('IDAT', data), ...rest]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [data.length, crc32(body)].map((value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  });
  return Buffer.concat([length ?? Buffer.of(), body, checksum ?? Buffer.of()]);
}
