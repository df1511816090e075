import {
  CANCELLATION_TEXTS,
  formatAmount,
  isErased,
  isTooLateToCancel,
  maskedEmail,
  type Order,
} from '@waybill/orders';
import { type Html, html, nothing, textOf } from '@waybill/service-kit/html';
import { stateId } from '../events/order-events.ts';
import { hasReceipt, type OrderLinks } from '../orders/order-links.ts';
import type { OrderState } from '../orders/order-service.ts';
import { inOrder } from '../orders/order-view.ts';
import type { TaskProgress } from '../orders/task-progress.ts';
import type { PageContents } from './page-layout.ts';
import { moneyText, type TaskMark, taskText } from './task-text.ts';
import { timeElement } from './time-element.ts';

/** Without script the page loads itself anew so often while something is under way. */
const REFRESH_SECONDS = 4;
/** What is due later than this is not waited for. */
const SOON_MS = 60_000;

/** An order's page. */
export function orderPage(state: OrderState, links: OrderLinks): PageContents {
  const { order, now } = state;
  return {
    title: `Order ${shortId(order)}`,
    script: 'order-page.js',
    ...(isUnderWay(state) && { refreshSeconds: REFRESH_SECONDS }),
    main: html`<main id="main" tabindex="-1" data-events="${links.pageEvents(order.orderId)}" data-version="${stateId(state)}" data-now="${now.getTime()}">
${orderParts(state, links)}
<p id="news" class="unseen" role="status" aria-live="polite"></p>
</main>`,
  };
}

/** What an event tells the page's script: the parts of the page that may have changed, and the time. */
export function orderPageEvent(state: OrderState, links: OrderLinks): string {
  return JSON.stringify({ now: state.now.getTime(), html: textOf(orderParts(state, links)) });
}

function orderParts(state: OrderState, links: OrderLinks): Html {
  const { order } = state;
  return html`${statusPart(state)}
<div class="columns">
<section aria-labelledby="timeline-title">
<div class="section-head"><h2 id="timeline-title">What happens</h2><p id="link" class="link"></p></div>
<ol class="timeline" data-list="timeline">
${inOrder(state.tasks).map((task) => taskPart(task, state))}
</ol>
</section>
<section aria-labelledby="bill-title" class="bill">
<h2 id="bill-title">What you ordered</h2>
${bill(order)}
${actionsPart(state, links)}
</section>
</div>`;
}

function statusPart(state: OrderState): Html {
  const { order, now } = state;
  const { title, text } = statusText(state);
  return html`<div class="status status-${order.status}" data-key="status" data-news="${title}."${isSettled(state) ? html` data-settled` : nothing}>
<p class="quiet">Order <span class="id">${shortId(order)}</span>, placed ${timeElement(order.createdAt, now)}</p>
<h1 tabindex="-1">${title}</h1>
<p>${text}</p>
</div>`;
}

function statusText({ order, now }: OrderState): { title: string; text: Html } {
  const { status, cancellation, processAt } = order;
  const email = html`<span class="email">${maskedEmail(order.email)}</span>`;
  if (status === 'cancelled') {
    const why = cancellation === undefined ? '' : CANCELLATION_TEXTS[cancellation.reason];
    return { title: 'Your order is cancelled', text: html`${why} ${moneyText(order)}` };
  }
  if (status === 'confirmed') {
    return {
      title: 'Your order is confirmed',
      text: isErased(order)
        ? html`It is paid, and these pieces are yours. We keep nothing any more of whom it was for.`
        : html`It is paid, and these pieces are yours. We write to ${email}.`,
    };
  }
  if (processAt !== undefined && processAt > now) {
    return {
      title: 'Your order is noted',
      text: html`We begin ${timeElement(processAt, now)}, and write to ${email}.`,
    };
  }
  return { title: 'We are working on your order', text: html`You need not wait here: we write to ${email}.` };
}

/** Marks are told apart by their shape too, not by colour alone. */
const MARKS: Readonly<Record<TaskMark, Html>> = {
  waiting: html`<circle cx="12" cy="12" r="3"/>`,
  due: html`<path d="M12 6.500V12l3.500 2.500"/>`,
  running: html`<path d="M12 5a7 7 0 0 1 7 7"/>`,
  retry: html`<path d="M17.500 10A6 6 0 1 0 18 13.500M18 6v4.500h-4.500"/>`,
  done: html`<path d="M7 12.500l3.500 3.500L17 8.500"/>`,
  failed: html`<path d="M8 8l8 8M16 8l-8 8"/>`,
  dropped: html`<path d="M7.500 12h9"/>`,
};

function taskPart(task: TaskProgress, { order, now }: OrderState): Html {
  const { title, mark, markText, text, code, when } = taskText(task, order, now);
  return html`<li class="task task-${mark}" data-key="${task.taskId}" data-in="timeline" data-news="${title}: ${markText}. ${text}.">
<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">${MARKS[mark]}</svg>
<div>
<h3>${title} <span class="tag">${markText}</span></h3>
<p>${text}${code === undefined ? nothing : html` <code>${code}</code>`}</p>
${when === undefined ? nothing : html`<p class="quiet">${when.label === '' ? nothing : `${when.label} `}${timeElement(when.at, now)}</p>`}
</div>
</li>
`;
}

function bill({ items, amount, currency }: Order): Html {
  return html`<table>
<thead class="unseen"><tr><th scope="col">Pieces</th><th scope="col">Product</th><th scope="col">Price</th></tr></thead>
<tbody>
${items.map(
  ({
    name,
    quantity,
    unitPrice,
  }) => html`<tr><td class="number">${quantity} ×</td><th scope="row">${name}</th><td class="number">${formatAmount(quantity * unitPrice, currency)}</td></tr>
`,
)}</tbody>
<tfoot><tr><td></td><th scope="row">Sum</th><td class="number">${formatAmount(amount, currency)}</td></tr></tfoot>
</table>`;
}

function actionsPart(state: OrderState, links: OrderLinks): Html {
  const { order } = state;
  const canCancel = order.status !== 'cancelled' && !isTooLateToCancel(order);
  return html`<div class="actions" data-key="actions" data-news="">
${hasReceipt(state) ? html`<p><a class="button" href="${links.receipt(order.orderId)}" download="receipt-${shortId(order)}.pdf">Download the receipt</a></p>` : nothing}
${
  canCancel
    ? html`<details>
<summary>Cancel the order</summary>
<form method="post" action="${links.pageCancel(order.orderId)}">
<p>What you have paid comes back to you. This can’t be undone.</p>
<button class="danger">Yes, cancel it</button>
</form>
</details>`
    : nothing
}
</div>`;
}

function isUnderWay({ tasks, now }: OrderState): boolean {
  return tasks.some(
    ({ state, notBefore }) =>
      state === 'running' ||
      (state === 'pending' && (notBefore === undefined || notBefore.getTime() - now.getTime() < SOON_MS)),
  );
}

/** Nothing more happens by itself, and nothing waits for a person of ours. */
function isSettled({ tasks }: OrderState): boolean {
  return tasks.every(({ state }) => state === 'succeeded' || state === 'cancelled' || state === 'discarded');
}

function shortId({ orderId }: Order): string {
  return orderId.slice(0, 8);
}
