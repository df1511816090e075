import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The fonts of receipts. They are embedded, for PDF's own know neither Greek nor Cyrillic. */
export interface ReceiptFonts {
  readonly regular: Buffer;
  readonly bold: Buffer;
}

/** Reads the fonts. */
export function loadReceiptFonts(): ReceiptFonts {
  return { regular: readFont('DejaVuSansCondensed.ttf'), bold: readFont('DejaVuSansCondensed-Bold.ttf') };
}

function readFont(file: string): Buffer {
  return readFileSync(fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${file}`)));
}
