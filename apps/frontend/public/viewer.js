// Whose times these are: the browser's zone, and the clock that its user reads.

/** @type {import('./time-words.js').Viewer} */
export const viewer = {
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  hourCycle: new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hourCycle,
};
