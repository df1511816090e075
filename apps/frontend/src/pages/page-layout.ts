import { type Html, html, nothing, textOf } from './html.ts';
import type { PublicFileName, PublicFiles } from './public-files.ts';

/** What pages may do: load their own files, and talk to their own service. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page's own part of its document. */
export interface PageContents {
  readonly title: string;
  /** The `main` element. */
  readonly main: Html;
  readonly script?: PublicFileName;
  /** Without script the page loads itself anew after so many seconds. Default: never. */
  readonly refreshSeconds?: number;
}

/** A whole document. */
export function renderPage(files: PublicFiles, page: PageContents): string {
  const { title, main, script, refreshSeconds } = page;
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · Waybill</title>
<link rel="icon" href="${files.path('favicon.svg')}">
<link rel="stylesheet" href="${files.path('pages.css')}">
${refreshSeconds === undefined ? nothing : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`}
${script === undefined ? nothing : html`<script type="module" src="${files.path(script)}"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M5 8l5 16L16 11l6 13L27 8"/></svg>Waybill</a></header>
${main}
<footer class="bottom"><p>Your order is taken at once; the work on it goes on by itself. <a href="/openapi.json">The API</a></p></footer>
</body>
</html>
`);
}
