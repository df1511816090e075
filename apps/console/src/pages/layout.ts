import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { Identity } from '../access/identity.ts';
import { tokenField } from './components/form-fields.ts';

/** What every page shows around its content. */
export interface Frame {
  readonly identity: Identity;
  /** For the forms on the page. */
  readonly token: string;
  readonly project: string;
  /** Whether the console can control a local stack. */
  readonly hasLocal: boolean;
  /** Which entry of the navigation the page belongs to, by its path. */
  readonly path: string;
  /** Where the style sheet and the script are. */
  readonly assets: { readonly css: string; readonly script: string };
}

const PLACES = [
  ['/', 'Overview'],
  ['/tasks', 'Tasks'],
  ['/dead-letters', 'Dead letters'],
  ['/queues', 'Queues'],
  ['/contracts', 'Contracts'],
  ['/actions', 'Actions'],
] as const;

/**
 * A whole page.
 * @param page.refreshSeconds loads it again after so many seconds, where a script may
 */
export function layout(frame: Frame, page: { title: string; content: Html; refreshSeconds?: number }): Html {
  const { identity, hasLocal, assets } = frame;
  const places = hasLocal ? [...PLACES, ['/local', 'This machine'] as const] : PLACES;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Waybill console</title>
<link rel="stylesheet" href="${assets.css}">
<link rel="icon" href="data:,">
<script type="module" src="${assets.script}"></script>
</head>
<body${page.refreshSeconds === undefined ? nothing : html` data-refresh-seconds="${page.refreshSeconds}"`}>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="brand"><a href="/">Waybill</a> <span>console of ${frame.project}</span></p>
<form class="search" method="post" action="/search" role="search">
${tokenField(frame)}
<label for="search">Task or order</label>
<input id="search" name="id" type="search" autocomplete="off" spellcheck="false" required maxlength="500">
<button>Find</button>
</form>
<p class="who">${identity.who} <span class="role">${identity.role}</span></p>
</header>
<nav aria-label="Console">
<ul>${places.map(([path, name]) => html`<li><a href="${path}"${path === frame.path ? html` aria-current="page"` : nothing}>${name}</a></li>`)}</ul>
</nav>
<main id="content" tabindex="-1">
<h1>${page.title}</h1>
${page.content}
</main>
<footer><p>All times are UTC, by Firestore’s clock.</p></footer>
</body>
</html>`;
}
