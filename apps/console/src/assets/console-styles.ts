/** How the pages look: one column on a phone, tables on a screen, light or dark as the device is. */
export const consoleStyles = `
:root {
  color-scheme: light dark;
  --back: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#ffffff, #1c2129);
  --hover: light-dark(#f0f4fb, #222934);
  --ink: light-dark(#16191f, #e8ebf0);
  --quiet: light-dark(#545c69, #a3adbb);
  --line: light-dark(#d5dae1, #343c48);
  --accent: light-dark(#1a56b8, #8db8ff);
  --on-accent: light-dark(#ffffff, #0d1a30);
  --good: light-dark(#17682f, #7fd99a);
  --good-back: light-dark(#e3f4e7, #16301f);
  --bad: light-dark(#a3161f, #ff9d9d);
  --bad-back: light-dark(#fdeaea, #3a1a1d);
  --warn: light-dark(#7d4a00, #f5c56b);
  --warn-back: light-dark(#fdf1db, #37290f);
  --busy: light-dark(#1a56b8, #8db8ff);
  --busy-back: light-dark(#e6effc, #182740);
  --mono: ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--card); z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
header, nav[aria-label=Console], main, footer { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding-top: .9rem; padding-bottom: .5rem; }
header p { margin: 0; }
.brand { font-size: 1.05rem; }
.brand a { font-weight: 700; color: inherit; text-decoration: none; }
.brand span, .who { color: var(--quiet); }
.search { display: flex; gap: .4rem; align-items: center; margin-left: auto; flex: 0 1 26rem; min-width: 0; }
.search label { white-space: nowrap; color: var(--quiet); }
.search input { flex: 1; min-width: 0; }
.role { border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .5rem; font-size: .85em; }
nav[aria-label=Console] { border-bottom: 1px solid var(--line); }
nav[aria-label=Console] ul { display: flex; flex-wrap: wrap; gap: 0 .25rem; list-style: none; margin: 0 -.7rem; padding: 0; }
nav[aria-label=Console] a { display: block; padding: .5rem .7rem; color: var(--ink); text-decoration: none; border-bottom: 3px solid transparent; }
nav[aria-label=Console] a:hover { border-color: var(--line); }
nav[aria-label=Console] a[aria-current] { border-color: var(--accent); font-weight: 600; }
main { padding-top: 1rem; padding-bottom: 2rem; outline: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.12rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; }
footer { color: var(--quiet); font-size: .87rem; padding-bottom: 2rem; }
.quiet, .hint, .moment, .none, .about, .lately { color: var(--quiet); }
.hint, .moment, .about, .lately { font-size: .87em; }
.about, .lately { display: block; }
.about { max-width: 34rem; font-weight: 400; }
.hint { display: block; margin: .2rem 0; }
.ago, .moment, .lately, .when { white-space: nowrap; }
code, pre, textarea, .id { font-family: var(--mono); font-size: .9em; }
.id, .contract, .queue { white-space: nowrap; }
.contract { display: inline-block; }
.whole { overflow-wrap: anywhere; white-space: normal; }
.lead { font-size: 1.05rem; }

.figures { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0; margin: 0; }
.figure { flex: 1 1 8rem; }
.figure a { display: block; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; color: inherit; text-decoration: none; }
.figure a:hover { border-color: var(--accent); }
.figure strong { display: block; font-size: 1.8rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure.alarming a { background: var(--bad-back); border-color: var(--bad); }
.figure.alarming strong { color: var(--bad); }

table { width: 100%; border-collapse: separate; border-spacing: 0; }
thead, tbody { background: var(--card); }
th, td { border: solid var(--line); border-width: 1px 0 0; }
th:first-child { border-left-width: 1px; }
tr > :last-child { border-right-width: 1px; }
thead th:first-child { border-top-left-radius: .6rem; }
thead th:last-child { border-top-right-radius: .6rem; }
tbody tr:last-child > * { border-bottom-width: 1px; }
tbody tr:last-child > :first-child { border-bottom-left-radius: .6rem; }
tbody tr:last-child > :last-child { border-bottom-right-radius: .6rem; }
tbody tr:hover { background: var(--hover); }
caption { text-align: left; color: var(--quiet); padding: 0 0 .4rem; font-size: .92em; }
th, td { text-align: left; padding: .5rem .75rem; vertical-align: top; font-weight: 400; }
thead th { color: var(--quiet); font-size: .87em; white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td .message { display: block; color: var(--quiet); font-size: .92em; max-width: 34rem; overflow-wrap: anywhere; }
td .button { margin: 0 .3rem .15rem 0; padding: .15rem .65rem; white-space: nowrap; }
td .moment { display: block; }
.task { display: flex; gap: .6rem; align-items: start; }
.task input { flex: none; margin: .2rem 0 0; }
.task .id { display: block; }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: .6rem; padding: .9rem 1rem; color: var(--quiet); margin: 0; }

.badge { display: inline-block; white-space: nowrap; border-radius: 1rem; padding: 0 .6rem; font-size: .9em; font-weight: 500; background: var(--back); color: var(--quiet); border: 1px solid var(--line); }
.badge.succeeded { background: var(--good-back); color: var(--good); border-color: transparent; }
.badge.dead { background: var(--bad-back); color: var(--bad); border-color: transparent; }
.badge.overdue { background: var(--warn-back); color: var(--warn); border-color: transparent; }
.badge.running { background: var(--busy-back); color: var(--busy); border-color: transparent; }

button, .button { display: inline-block; font: inherit; line-height: 1.4; color: var(--accent); background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .8rem; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { border-color: var(--accent); }
.primary { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.danger { background: var(--bad); color: light-dark(#ffffff, #2c0b0d); border-color: var(--bad); }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .9rem 0; }
.buttons form { margin: 0; }
input, select, textarea { font: inherit; color: var(--ink); background: var(--card); border: 1px solid light-dark(#8a93a1, #6c7787); border-radius: .4rem; padding: .3rem .5rem; max-width: 100%; }
input:is([type=checkbox], [type=radio]) { accent-color: var(--accent); width: 1.05rem; height: 1.05rem; vertical-align: -.15rem; }
textarea { width: 100%; font-family: var(--mono); font-size: .9em; line-height: 1.45; }
.field { margin: 0 0 .9rem; }
fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: 0 0 .9rem; padding: .6rem 1rem .7rem; min-width: 0; }
legend { float: left; width: 100%; font-weight: 500; padding: 0; margin-bottom: .4rem; }
legend + * { clear: both; }
fieldset .check { display: flex; gap: .6rem; align-items: start; margin: 0 0 .3rem; }
fieldset .check input { flex: none; margin: .2rem 0 0; }
.field label, [for=payload] { display: block; font-weight: 500; margin-bottom: .25rem; }
.field.check label { display: inline; margin: 0; }
.panel .field input:not([type=checkbox], [type=radio]) { width: 34rem; }
.filters { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin-bottom: 1.2rem; }
.filters .field { margin: 0; }
.filters .check { padding-bottom: .35rem; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; }
.panel > p { margin-top: 0; }
.panel .beside { margin-bottom: 1rem; }
form.panel:not([data-live-check]) { max-width: 48rem; }
details.panel { padding: .6rem 1.1rem; margin-bottom: .6rem; }
summary { cursor: pointer; }
.choose-all { display: block; margin-bottom: .5rem; }
.pager { display: flex; gap: 1.5rem; margin-top: 1rem; }
.notice { border-left: 4px solid var(--good); background: var(--good-back); padding: .6rem 1rem; border-radius: .3rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.notice.problem { border-color: var(--bad); background: var(--bad-back); }
.notice p { margin: 0; }
.ids { columns: 3 10rem; }
progress { width: min(30rem, 60%); height: 1rem; accent-color: var(--accent); vertical-align: middle; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .7rem 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; margin: 0; }
.facts dt { color: var(--quiet); font-size: .87em; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts .moment { display: block; }
.facts .id { white-space: normal; }
.facts .long { grid-column: 1 / -1; }
.timeline { list-style: none; margin: 0; padding: 0 0 0 .4rem; max-width: 52rem; }
.timeline li { position: relative; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.5rem; padding: 0 0 .8rem 1.4rem; border-left: 2px solid var(--line); }
.timeline li:last-child { border-color: transparent; padding-bottom: 0; }
.timeline li::before { content: ''; position: absolute; left: -.46rem; top: .4rem; width: .8rem; height: .8rem; border-radius: 50%; background: var(--quiet); border: 2px solid var(--back); }
.timeline .succeeded::before { background: var(--good); }
.timeline .dead::before { background: var(--bad); }
.timeline .retry::before, .timeline .retry-later::before, .timeline .sent-again::before { background: var(--warn); }
.timeline .claimed::before, .timeline .replayed::before { background: var(--busy); }
.timeline .ahead::before { background: var(--back); border-color: var(--quiet); }
.timeline .what { font-weight: 500; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1.25rem; }
.beside > div { min-width: 0; }
pre { margin: .4rem 0 0; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; overflow: auto; max-height: 28rem; line-height: 1.45; }
.panel pre { background: var(--back); }
.panel h2 { font-size: 1rem; margin: 0; font-weight: 500; }
.violations { color: var(--bad); margin: .6rem 0; padding-left: 1.2rem; }
.fits { color: var(--good); margin: .6rem 0; }
.tree, .tree ul { list-style: none; padding-left: 1.3rem; margin: .2rem 0; }
.tree { padding-left: 0; }
.tree ul { border-left: 2px solid var(--line); margin-left: .5rem; }
.tree li { padding: .15rem 0; }

.chart { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
.chart svg { display: block; width: 100%; height: 11rem; border-bottom: 1px solid var(--line); }
.chart .enqueued { fill: var(--busy); }
.chart .died { fill: var(--bad); }
.chart figcaption { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 0 0 .8rem; }
.hours { display: grid; grid-template-columns: repeat(12, 1fr); color: var(--quiet); font-size: .8rem; text-align: center; margin: .25rem 0 .8rem; }
.key::before { content: ''; display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -.08rem; background: var(--busy); }
.key.died::before { background: var(--bad); }
.mail { white-space: pre-wrap; }

@media (max-width: 74rem) {
  th, td { padding: .5rem; }
  .contract, .queue, .when, td .moment { white-space: normal; }
}
@media (max-width: 62rem) {
  .search { flex: 1 1 100%; margin: 0; order: 3; }
  .who { margin: -.4rem 0 0; }
  table, thead, tbody, tr, th, td { display: block; width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  caption { display: block; }
  thead, tbody, tbody tr:hover { background: none; }
  tbody tr, tbody tr:hover { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .5rem .8rem; margin-bottom: .7rem; }
  tbody tr > :is(th, td) { border: 0; padding: .15rem 0; text-align: left; }
  tbody th { font-weight: 600; padding-bottom: .3rem; }
  td { display: grid; grid-template-columns: 7.5rem 1fr; gap: .5rem; }
  td::before { content: attr(data-label); color: var(--quiet); font-size: .9em; }
  td > div { min-width: 0; overflow-wrap: anywhere; }
  td .moment { display: inline-block; white-space: nowrap; }
  td .lately { display: inline; }
  td:has(.none) { display: none; }
  td.number { text-align: left; }
  .chart svg { height: 8rem; }
  .hours { grid-template-columns: repeat(6, 1fr); }
  .hours :nth-child(even) { display: none; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .brand span { font-size: .9em; }
  .panel .field input:not([type=checkbox], [type=radio]) { width: 100%; }
}
@media (forced-colors: active) { .badge, .figure a, .notice { border: 1px solid; } }
`;
