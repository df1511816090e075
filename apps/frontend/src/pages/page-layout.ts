import { permissionsPolicy } from '@waybill/service-kit';
import { type Html, html, nothing, textOf } from '@waybill/service-kit/html';
import type { PublicFileName, PublicFiles } from './public-files.ts';

/**
 * Stripe's script, which has to come from there: its form runs in frames of Stripe's own.
 * Source: https://docs.stripe.com/js/including
 */
const STRIPE_SCRIPT = 'https://js.stripe.com/v3/';
/** What Stripe's script needs. Source: https://docs.stripe.com/security/guide, "Content security policy". */
const STRIPE_SOURCES = {
  script: ' https://js.stripe.com https://*.js.stripe.com',
  connect: ' https://api.stripe.com',
  frame: 'https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com',
} as const;

/** Frames of Stripe's that may ask for a payment. Source: https://docs.stripe.com/security/guide. */
const STRIPE_PAYMENT_SOURCES = ['https://js.stripe.com', 'https://*.js.stripe.com'];

/** What a page may do: load its own files, and talk to its own service; one that takes cards, also to Stripe. */
export function pagePolicy({ takesCards = false }: PageContents): string {
  const { script, connect, frame } = takesCards
    ? STRIPE_SOURCES
    : { script: '', connect: '', frame: "'none'" };
  return [
    "default-src 'none'",
    `script-src 'self'${script}`,
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${connect}`,
    `frame-src ${frame}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The Permissions-Policy of a page. With cards it allows the payments that Stripe's form needs. */
export function pagePermissions({ takesCards = false }: PageContents): string {
  return permissionsPolicy({ paymentSources: takesCards ? ['self', ...STRIPE_PAYMENT_SOURCES] : [] });
}

/** A page's own part of its document. */
export interface PageContents {
  readonly title: string;
  /** The `main` element. */
  readonly main: Html;
  readonly script?: PublicFileName;
  /** Whether it holds Stripe's form for cards. Default false. */
  readonly takesCards?: boolean;
  /** Without script the page loads itself anew after so many seconds. Default: never. */
  readonly refreshSeconds?: number;
}

/** A whole document. */
export function renderPage(files: PublicFiles, page: PageContents): string {
  const { title, main, script, takesCards, refreshSeconds } = page;
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
${takesCards === true ? html`<script defer src="${STRIPE_SCRIPT}"></script><script type="module" src="${files.path('card-form.js')}"></script>` : nothing}
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
