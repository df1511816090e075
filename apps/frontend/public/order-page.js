// Follows an order while its page is looked at. Without it the page loads itself anew as long as something is under way.
import { fullTime, timeWords } from './time-words.js';
import { viewer } from './viewer.js';

/** After a failure the next try comes after this, then after twice as long, and so on. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** A connection that is back so soon was never worth a word. */
const QUIET_BREAK_MS = 4_000;
const TICK_MS = 1_000;

const main = /** @type {HTMLElement} */ (document.querySelector('main[data-events]'));
const news = /** @type {HTMLElement} */ (document.getElementById('news'));
const link = /** @type {HTMLElement} */ (document.getElementById('link'));

/** How far the server's time is ahead of this machine's: all times here are the server's. */
let aheadMs = Number(main.dataset['now']) - Date.now();
let lastEventId = main.dataset['version'] ?? '';
let failures = 0;
/** @type {EventSource | undefined} */
let source;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retryTimer;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let breakTimer;
/**
 * What each part says, but for its times, which the minutes change.
 * @type {Map<string, string>}
 */
const shown = new Map();

for (const part of parts(main)) shown.set(keyOf(part), timelessHtml(part));
adaptTimes();
setInterval(() => {
  if (!document.hidden) adaptTimes();
}, TICK_MS);
document.addEventListener('visibilitychange', () => (document.hidden ? pause() : connect()));
connect();

function connect() {
  if (document.hidden || source !== undefined || isSettled()) return;
  clearTimeout(retryTimer);
  // A new EventSource knows nothing of an earlier one's last event, so the address tells it; later the header does.
  const address = new URL(main.dataset['events'] ?? '', location.href);
  address.searchParams.set('after', lastEventId);
  const opened = new EventSource(address);
  source = opened;
  let isOpen = false;
  opened.onopen = () => {
    isOpen = true;
    failures = 0;
    clearTimeout(breakTimer);
    breakTimer = undefined;
    say('Live', 'live');
  };
  opened.addEventListener('order', (event) => {
    lastEventId = event.lastEventId;
    update(JSON.parse(event.data));
    if (isSettled()) pause();
  });
  opened.onerror = () => {
    breakTimer ??= setTimeout(() => say('Connection lost, trying again', 'lost'), QUIET_BREAK_MS);
    // A stream that was open may end at any time, and the browser opens it anew by itself. One that didn't open
    // would be tried at once, again and again, or never.
    if (isOpen && opened.readyState === EventSource.CONNECTING) {
      isOpen = false;
      return;
    }
    opened.close();
    if (source !== opened) return;
    source = undefined;
    const maxDelayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    failures += 1;
    retryTimer = setTimeout(connect, maxDelayMs * (0.5 + Math.random() / 2));
  };
}

function pause() {
  clearTimeout(retryTimer);
  clearTimeout(breakTimer);
  breakTimer = undefined;
  source?.close();
  source = undefined;
  if (isSettled()) say('', 'settled');
}

/** Nothing will change by itself any more. */
function isSettled() {
  return main.querySelector('[data-settled]') !== null;
}

/** @param {string} words @param {string} state */
function say(words, state) {
  link.textContent = words;
  link.dataset['state'] = state;
}

/**
 * Shows what has changed, and leaves the rest alone: focus and an opened question stay where they are.
 * @param {{ now: number, html: string }} event
 */
function update({ now, html }) {
  aheadMs = now - Date.now();
  const next = new DOMParser().parseFromString(html, 'text/html');
  const before = new Map(parts(main).map((part) => [keyOf(part), part]));
  /** @type {string[]} */
  const words = [];
  /** @type {Element | undefined} */
  let previous;
  for (const part of parts(next)) {
    const key = keyOf(part);
    const old = before.get(key);
    before.delete(key);
    const timeless = timelessHtml(part);
    const hasChanged = shown.get(key) !== timeless;
    shown.set(key, timeless);
    if (old === undefined) {
      const list = main.querySelector(`[data-list="${part.dataset['in']}"]`);
      if (previous !== undefined && previous.parentElement === list) previous.after(part);
      else list?.prepend(part);
      words.push(part.dataset['news'] ?? '');
      previous = part;
    } else if (hasChanged) {
      const hadFocus = old.contains(document.activeElement);
      old.replaceWith(part);
      if (hadFocus) focusAgain(part);
      if (part.dataset['news'] !== old.dataset['news']) words.push(part.dataset['news'] ?? '');
      previous = part;
    } else {
      previous = old;
    }
  }
  for (const [key, gone] of before) {
    gone.remove();
    shown.delete(key);
  }
  adaptTimes();
  const said = words.filter((each) => each !== '').join(' ');
  if (said !== '') news.textContent = said;
}

/** What had the focus may be gone; then its part's heading, or the page's, is the place to go on from. @param {Element} part */
function focusAgain(part) {
  const target = part.querySelector('summary, button, a, [tabindex]') ?? main.querySelector('h1');
  if (target instanceof HTMLElement) target.focus();
}

function adaptTimes() {
  const now = Date.now() + aheadMs;
  for (const time of main.querySelectorAll('time')) {
    const atMs = Date.parse(time.dateTime);
    const words = timeWords(atMs, now, viewer);
    if (time.textContent === words) continue;
    time.textContent = words;
    time.title = fullTime(atMs, viewer);
  }
}

/** The parts of an order that change, each with a key of its own. @param {ParentNode} root */
function parts(root) {
  return /** @type {HTMLElement[]} */ ([...root.querySelectorAll('[data-key]')]);
}

/** @param {HTMLElement} part */
function timelessHtml(part) {
  const copy = /** @type {HTMLElement} */ (part.cloneNode(true));
  for (const time of copy.querySelectorAll('time')) time.textContent = '';
  return copy.outerHTML;
}

/** @param {HTMLElement} part */
function keyOf(part) {
  return part.dataset['key'] ?? '';
}
