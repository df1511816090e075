import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { LocalInstance, LocalMail, LocalService, StackStatus } from '../local/stack-control.ts';
import { tokenField, whyField } from './components/form-fields.ts';
import { none } from './components/none.ts';
import { notice } from './components/notice.ts';
import { table } from './components/table.ts';
import { moment, span, timeText } from './components/time-text.ts';
import type { Frame } from './layout.ts';

/** How far the clock can be moved at a time, in milliseconds. */
export const ADVANCES = {
  '1 minute': 60_000,
  '1 hour': 3_600_000,
  '1 day': 86_400_000,
  '30 days': 2_592_000_000,
} as const;

/** What only a laptop has: its clock, its processes, its mailbox. */
export function localPage(view: {
  status: StackStatus;
  mails: readonly LocalMail[];
  done?: string | undefined;
}): Html {
  const { status, mails, done } = view;
  const nowMs = Date.parse(status.now);
  return html`${done === undefined ? nothing : notice('done', done)}
<section aria-labelledby="clock"><h2 id="clock">Clock</h2>
<p>It is <strong>${moment(nowMs)}</strong>${status.offsetMs === 0 ? nothing : html`, ${span(status.offsetMs)} ahead of the machine’s time`}. It moves forward only; what comes due meanwhile is delivered.</p>
<p class="buttons">${Object.keys(ADVANCES).map((name) => html`<a class="button" href="${`/local/advance?by=${encodeURIComponent(name)}`}">${name} ahead…</a>`)}</p>
</section>
<section aria-labelledby="processes"><h2 id="processes">Processes</h2>
<p>Killed as by <code>kill -9</code>, and started again by the stack. Nothing is lost.</p>
<p class="buttons">${status.processes.map((name) => html`<a class="button" href="${`/local/kill?process=${encodeURIComponent(name)}`}">Kill ${name}…</a>`)}</p>
</section>
<section aria-labelledby="instances"><h2 id="instances">Instances</h2>
${instanceTable(status.services)}
</section>
<section aria-labelledby="mails"><h2 id="mails">Mailbox</h2>
${
  mails.length === 0
    ? html`<p class="empty">No mail has come yet.</p>`
    : mails.map(
        ({
          subject,
          recipients,
          receivedAt,
          text,
          attachments,
        }) => html`<details class="panel"><summary><strong>${subject}</strong> to ${recipients.join(', ')} ${timeText(Date.parse(receivedAt), nowMs)}</summary>
<p class="mail">${text ?? '(no text)'}</p>
${attachments.length === 0 ? nothing : html`<p>Attached: ${attachments.map(({ filename, sizeBytes }) => html`<code>${filename}</code> (${sizeBytes} bytes) `)}</p>`}</details>`,
      )
}
</section>`;
}

function instanceTable(services: readonly LocalService[]): Html {
  return table({
    caption: 'The processes of each service’s versions',
    empty: 'No service runs.',
    columns: [
      { heading: 'Service' },
      { heading: 'State' },
      { heading: 'Process', numeric: true },
      { heading: 'Requests', numeric: true },
      { heading: 'Restarts', numeric: true },
      { heading: 'Last death' },
    ],
    rows: services.flatMap(({ service, version, instances }) =>
      instances.map(({ state, pid, requests, restarts, lastDeath }) => [
        html`${service} <span class="quiet">${version}</span>`,
        instanceState(state),
        pid === undefined ? none : html`${pid}`,
        html`${requests}`,
        html`${restarts}`,
        lastDeath === undefined ? none : html`${lastDeath}`,
      ]),
    ),
  });
}

function instanceState(state: LocalInstance['state']): Html {
  if (state !== 'backing-off') return html`${state}`;
  return html`<span class="badge dead"><span aria-hidden="true">✕</span> crash loop</span> waits before its next start`;
}

/** Asks whether the clock is really to be moved, or a process killed. */
export function confirmLocalPage(
  frame: Frame,
  view: { action: 'advance' | 'kill'; field: string; value: string; text: string; verb: string },
): Html {
  const { action, field, value, text, verb } = view;
  return html`<form method="post" action="/local/${action}" class="panel">
${tokenField(frame)}<input type="hidden" name="${field}" value="${value}">
<p>${text}</p>
${whyField()}
<p class="buttons"><button class="${action === 'kill' ? 'danger' : 'primary'}">${verb}</button> <a href="/local">Back</a></p>
</form>`;
}
