import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create, type Font } from 'fontkit';

/** The fonts of receipts. They are embedded, for PDF's own know neither Greek nor Cyrillic. */
export interface ReceiptFonts {
  readonly regular: Font;
  readonly bold: Font;
}

/** Reads the fonts, and understands them: once for all receipts, for that takes longer than a receipt does. */
export function loadReceiptFonts(): ReceiptFonts {
  // Written out: tools that look for unused dependencies read the specifiers.
  return {
    regular: readFont(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf')),
    bold: readFont(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf')),
  };
}

function readFont(url: string): Font {
  const font = create(readFileSync(fileURLToPath(url)));
  if ('fonts' in font) throw new Error(`${url} is a collection of fonts; one font was expected`);
  return font;
}
