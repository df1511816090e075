import { type Html, html, nothing } from '@waybill/service-kit/html';
import { TOKEN_FIELD } from '../../access/form-guard.ts';

/** The hidden field that every form needs. */
export function tokenField({ token }: { readonly token: string }): Html {
  return html`<input type="hidden" name="${TOKEN_FIELD}" value="${token}">`;
}

/** A choice of one of several values in a form; the empty one means any. */
export function choice(options: {
  name: string;
  label: string;
  values: readonly string[];
  chosen: string | undefined;
  any: string;
}): Html {
  const { name, label, values, chosen, any } = options;
  return html`<p class="field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}"><option value="">${any}</option>${values.map((value) => html`<option${value === chosen ? html` selected` : nothing}>${value}</option>`)}</select></p>`;
}

/** The field in which an operator says why. */
export function whyField(why: string = ''): Html {
  return html`<p class="field"><label for="why">Why</label>
<input id="why" name="why" required maxlength="1000" autocomplete="off" aria-describedby="why-hint" value="${why}">
<span id="why-hint" class="hint">Kept in the record with your name and the time. No personal data.</span></p>`;
}
