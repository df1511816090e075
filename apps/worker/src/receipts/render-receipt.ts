import { formatAmount, maskedEmail, type Order, type OrderItem } from '@waybill/orders';
import type { Font } from 'fontkit';
import PDFDocument from 'pdfkit';
import type { ReceiptFonts } from './receipt-fonts.ts';

/** Makes the receipt of an order. */
export type ReceiptRenderer = (order: Order) => Promise<Buffer>;

type Pdf = InstanceType<typeof PDFDocument>;

// Measures in points, 1/72 inch; the page is A4, 595 × 842.
const MARGIN = 56;
const PAGE = { width: 595.28, height: 841.89 };
const RIGHT = PAGE.width - MARGIN;
const BOTTOM = PAGE.height - MARGIN - 24;
const COLUMNS = {
  item: { x: MARGIN, width: 250, align: 'left' },
  quantity: { x: 314, width: 48, align: 'right' },
  price: { x: 370, width: 78, align: 'right' },
  sum: { x: 456, width: RIGHT - 456, align: 'right' },
} as const;
const INK = '#1c1b1a';
const QUIET = '#6b6862';
const LINE = '#d9d5cd';
const ACCENT = '#1f5c4d';

/**
 * A renderer of receipts as PDF. The same order gives the same bytes each time: dates are the order's own, and in UTC.
 * @param fonts embedded, as far as their letters are used; a letter that they don't have is an empty box
 */
export function createReceiptRenderer(fonts: ReceiptFonts): ReceiptRenderer {
  return (order) => {
    const pdf = new PDFDocument({
      size: [PAGE.width, PAGE.height],
      margin: MARGIN,
      bufferPages: true,
      // Else it would read the fonts of PDF itself, which are not used.
      font: '',
      lang: 'en',
      displayTitle: true,
      info: {
        Title: `Receipt of order ${order.orderId}`,
        Author: 'Waybill',
        Creator: 'Waybill',
        Producer: 'Waybill',
        CreationDate: dateOfReceipt(order),
      },
    });
    pdf.registerFont('regular', sourceOf(fonts.regular));
    pdf.registerFont('bold', sourceOf(fonts.bold));
    const chunks: Buffer[] = [];
    const rendered = new Promise<Buffer>((resolve, reject) => {
      pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
      pdf.on('end', () => resolve(Buffer.concat(chunks)));
      pdf.on('error', reject);
    });
    drawHead(pdf, order);
    drawItems(pdf, order);
    drawFooters(pdf, order);
    pdf.end();
    return rendered;
  };
}

/** PDFKit takes fonts that fontkit has read (since 0.20, https://github.com/foliojs/pdfkit/pull/1776); its types lag behind. */
function sourceOf(font: Font): PDFKit.Mixins.PDFFontSource {
  return font as unknown as PDFKit.Mixins.PDFFontSource;
}

/** A receipt is of the day on which it was paid. */
function dateOfReceipt({ payment, createdAt }: Order): Date {
  return payment.state === 'charged' ? payment.chargedAt : createdAt;
}

function drawHead(pdf: Pdf, order: Order): void {
  pdf.rect(0, 0, PAGE.width, 6).fill(ACCENT);
  pdf.font('bold').fontSize(15).fillColor(ACCENT).text('Waybill', MARGIN, MARGIN);
  pdf
    .font('bold')
    .fontSize(24)
    .fillColor(INK)
    .text('Receipt', MARGIN, MARGIN + 44);
  const facts: [string, string][] = [
    ['Order', order.orderId],
    ['Ordered', longDate(order.createdAt)],
    ['Customer', maskedEmail(order.email)],
  ];
  if (order.payment.state === 'charged') {
    facts.push(['Paid', longDate(order.payment.chargedAt)], ['Payment', order.payment.chargeId]);
  }
  let y = MARGIN + 92;
  for (const [name, value] of facts) {
    pdf.font('regular').fontSize(9.5).fillColor(QUIET).text(name, MARGIN, y, { width: 70 });
    pdf.fillColor(INK).text(value, MARGIN + 76, y, { width: RIGHT - MARGIN - 76 });
    y = pdf.y + 3;
  }
  pdf.y = y + 22;
}

function drawItems(pdf: Pdf, order: Order): void {
  drawColumnHeads(pdf);
  for (const item of order.items) drawItem(pdf, item, order.currency);
  if (pdf.y + 60 > BOTTOM) startPage(pdf);
  const y = pdf.y + 12;
  pdf.font('bold').fontSize(12).fillColor(INK);
  pdf.text('Total', COLUMNS.item.x, y, { width: COLUMNS.item.width });
  pdf.text(formatAmount(order.amount, order.currency), COLUMNS.price.x, y, {
    width: RIGHT - COLUMNS.price.x,
    align: 'right',
  });
  pdf.moveDown(0.6).font('regular').fontSize(9.5).fillColor(QUIET);
  pdf.text('Thank you for your order.', MARGIN, pdf.y + 18);
}

function drawColumnHeads(pdf: Pdf): void {
  const { y } = pdf;
  pdf.font('regular').fontSize(8.5).fillColor(QUIET);
  drawCells(pdf, y, { item: 'Item', quantity: 'Pieces', price: 'Price', sum: 'Sum' });
  drawRule(pdf, y + 15);
  pdf.y = y + 22;
}

function drawItem(pdf: Pdf, item: OrderItem, currency: string): void {
  pdf.font('regular').fontSize(10).fillColor(INK);
  const height = pdf.heightOfString(item.name, { width: COLUMNS.item.width });
  if (pdf.y + height > BOTTOM) startPage(pdf);
  const { y } = pdf;
  pdf.font('regular').fontSize(10).fillColor(INK);
  drawCells(pdf, y, {
    item: item.name,
    quantity: String(item.quantity),
    price: formatAmount(item.unitPrice, currency),
    sum: formatAmount(item.quantity * item.unitPrice, currency),
  });
  drawRule(pdf, y + height + 6);
  pdf.y = y + height + 13;
}

function startPage(pdf: Pdf): void {
  pdf.addPage();
  pdf.y = MARGIN;
  drawColumnHeads(pdf);
}

function drawCells(pdf: Pdf, y: number, cells: Readonly<Record<keyof typeof COLUMNS, string>>): void {
  for (const [name, { x, width, align }] of Object.entries(COLUMNS)) {
    pdf.text(cells[name as keyof typeof COLUMNS], x, y, { width, align });
  }
}

function drawRule(pdf: Pdf, y: number): void {
  pdf.moveTo(MARGIN, y).lineTo(RIGHT, y).lineWidth(0.6).strokeColor(LINE).stroke();
}

/** Last, for only now is known how many pages there are. */
function drawFooters(pdf: Pdf, order: Order): void {
  const { count } = pdf.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    pdf.switchToPage(index);
    // In the margin, where text would else begin a new page.
    pdf.page.margins.bottom = 0;
    pdf.font('regular').fontSize(8).fillColor(QUIET);
    const y = PAGE.height - MARGIN + 6;
    pdf.text(`Order ${order.orderId}`, MARGIN, y, { lineBreak: false });
    pdf.text(`Page ${index + 1} of ${count}`, MARGIN, y, { width: RIGHT - MARGIN, align: 'right' });
  }
}

function longDate(date: Date): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}
