import { type Html, html, nothing } from '@waybill/service-kit/html';
import { tokenField, whyField } from './components/form-fields.ts';
import { notice } from './components/notice.ts';
import { subjectPath } from './components/task-links.ts';
import type { Frame } from './layout.ts';

/** Asks whether what is personal is really to be taken out of all that is about one thing. */
export function confirmErasurePage(
  frame: Frame,
  view: { subject: string; problem?: string; why?: string },
): Html {
  const { subject, problem, why } = view;
  return html`${problem === undefined ? nothing : notice('problem', problem)}
<form method="post" action="/erase" class="panel">
${tokenField(frame)}<input type="hidden" name="subject" value="${subject}">
<p>All about <code class="whole">${subject}</code>. Payloads, results and history of its tasks are emptied. An order loses its e-mail address, its payment method and its receipt. That it was, its amounts and its states stay. This can’t be undone.</p>
<p>Its dead letters are given up with it: first see to those that owe somebody something, such as a refund.</p>
<p class="field"><label for="name">What is to be erased, once more</label><input id="name" name="name" required autocomplete="off" spellcheck="false" aria-describedby="name-hint">
<span id="name-hint" class="hint">As it stands above.</span></p>
${whyField(why)}
<p class="buttons"><button class="danger">Erase</button> <a href="${subjectPath(subject)}">Back to its tasks</a></p>
</form>`;
}
