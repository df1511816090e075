import { type Html, html } from '@waybill/service-kit/html';
import { none } from './none.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A point in time for people: how far it is from now, and the moment itself in UTC. */
export function timeText(atMs: number | null, nowMs: number): Html {
  if (atMs === null) return none;
  const iso = new Date(atMs).toISOString();
  return html`<time datetime="${iso}"><span class="ago">${distance(atMs - nowMs)}</span> <span class="moment">${moment(atMs)}</span></time>`;
}

/** `2026-11-21 02:46:07`, in UTC. */
export function moment(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** `3 min ago`, `in 24 h`, `now`. */
export function distance(ms: number): string {
  if (Math.abs(ms) < 1_000) return 'now';
  // A day that has just begun to pass is still one: what lies ahead is rounded to the nearest.
  const unitMs = ms >= DAY_MS / 2 ? HOUR_MS : ms >= HOUR_MS / 2 ? MINUTE_MS : 1_000;
  return ms < 0 ? `${span(-ms)} ago` : `in ${span(Math.round(ms / unitMs) * unitMs)}`;
}

/** `310 ms`, `42 s`, `3 min`, `24 h`, `12 d`: rounded down to one unit. */
export function span(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1_000)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}
