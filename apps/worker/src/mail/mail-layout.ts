import mustache from 'mustache';

/** What a mail says, before it is laid out. */
export interface MailContent {
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** A table of what was bought. Default: none. */
  readonly items?: readonly { readonly name: string; readonly quantity: number; readonly sum: string }[];
  readonly total?: string;
  readonly orderId: string;
  /** Address of the order's page. */
  readonly link: string | undefined;
}

// Text has nothing to escape: {{{ }}}. In HTML, {{ }} escapes whatever comes.
const TEXT = `{{{heading}}}
{{#paragraphs}}

{{{.}}}
{{/paragraphs}}
{{#hasItems}}

{{#items}}
  {{{quantity}}} × {{{name}}}   {{{sum}}}
{{/items}}

  Total: {{{total}}}
{{/hasItems}}

{{#link}}
Your order: {{{link}}}

{{/link}}
Order {{{orderId}}}
`;

const HTML = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{subject}}</title></head>
<body style="margin:0;padding:32px 16px;background:#f4f2ed;color:#1c1b1a;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-top:6px solid #1f5c4d">
<p style="margin:0 0 24px;font-weight:700;color:#1f5c4d">Waybill</p>
<h1 style="margin:0 0 16px;font-size:24px;line-height:1.25">{{heading}}</h1>
{{#paragraphs}}
<p style="margin:0 0 16px">{{.}}</p>
{{/paragraphs}}
{{#hasItems}}
<table style="width:100%;margin:0 0 16px;border-collapse:collapse">
{{#items}}
<tr>
<td style="padding:8px 8px 8px 0;border-bottom:1px solid #d9d5cd">{{name}}</td>
<td style="padding:8px;border-bottom:1px solid #d9d5cd;text-align:right;white-space:nowrap">{{quantity}} ×</td>
<td style="padding:8px 0 8px 8px;border-bottom:1px solid #d9d5cd;text-align:right;white-space:nowrap">{{sum}}</td>
</tr>
{{/items}}
<tr>
<th scope="row" colspan="2" style="padding:12px 8px 0 0;text-align:left">Total</th>
<td style="padding:12px 0 0 8px;text-align:right;font-weight:700;white-space:nowrap">{{total}}</td>
</tr>
</table>
{{/hasItems}}
{{#link}}
<p style="margin:24px 0 0"><a href="{{link}}" style="color:#1f5c4d;font-weight:700">See your order</a></p>
{{/link}}
<p style="margin:24px 0 0;font-size:13px;color:#6b6862;overflow-wrap:anywhere">Order {{orderId}}</p>
</div>
</body>
</html>
`;

/** Lays a mail out twice: as plain text, and as HTML in which nothing of the content is markup. */
export function layOutMail(content: MailContent): { subject: string; text: string; html: string } {
  const view = { ...content, hasItems: content.items !== undefined };
  return {
    subject: content.subject,
    text: mustache.render(TEXT, view),
    html: mustache.render(HTML, view),
  };
}
