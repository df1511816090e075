/**
 * The little script of the pages. Each of its four parts makes something more comfortable that works without it: forms
 * are checked by the server, batches go on by their button, pages are loaded again by hand.
 */
export const consoleScript = `
const check = document.querySelector('form[data-live-check]');
if (check) {
  const field = check.querySelector('textarea');
  const verdict = check.querySelector('#verdict');
  let latest = 0;
  let timer;
  const show = (violations) => {
    const list = document.createElement(violations.length === 0 ? 'p' : 'ul');
    list.className = violations.length === 0 ? 'fits' : 'violations';
    if (violations.length === 0) list.textContent = '● It matches the schema.';
    for (const { pointer, message } of violations) {
      const item = document.createElement('li');
      const place = document.createElement('code');
      place.textContent = pointer === '' ? '(whole)' : pointer;
      item.append(place, ' ' + message);
      list.append(item);
    }
    verdict.replaceChildren(list);
  };
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++latest;
      const body = new URLSearchParams({
        token: check.elements.token.value,
        contract: check.dataset.contract,
        version: check.dataset.version,
        payload: field.value,
      });
      try {
        const response = await fetch('/check', { method: 'POST', body });
        if (response.ok && mine === latest) show((await response.json()).violations);
      } catch {
        // The server checks it again when the form is sent.
      }
    }, 250);
  });
}

for (const form of document.querySelectorAll('form[data-selection]')) {
  const boxes = [...form.querySelectorAll('input[type=checkbox]')];
  const label = document.createElement('label');
  const all = document.createElement('input');
  all.type = 'checkbox';
  label.append(all, ' Choose all on this page');
  label.className = 'choose-all';
  form.prepend(label);
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
  });
}

const more = document.querySelector('form[data-continue]');
if (more) setTimeout(() => more.requestSubmit(), 400);

const seconds = Number(document.body.dataset.refreshSeconds);
if (seconds > 0) {
  setInterval(() => {
    const busy = document.visibilityState !== 'visible' || document.activeElement?.closest('main, form');
    if (!busy) location.reload();
  }, seconds * 1000);
}
`;
