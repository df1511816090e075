import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { ContractView, ContractViews } from '../overview/read-contracts.ts';
import { none } from './components/none.ts';
import { table } from './components/table.ts';
/** The contracts and their versions, with what is in flight; what this console does not know, too. */
export function contractsPage({ contracts, others }: ContractViews): Html {
  const count = (contract: ContractView, state: string, value: number): Html =>
    value === 0
      ? html`0`
      : html`<a href="${`/tasks?contract=${encodeURIComponent(contract.name)}&state=${state}`}">${value}</a>`;
  return table({
    caption: 'Every version that this console knows, and all others together',
    empty: 'There is no contract.',
    columns: [
      { heading: 'Contract' },
      { heading: 'Version', numeric: true },
      { heading: 'Queue' },
      { heading: 'Service' },
      { heading: 'Pending', numeric: true },
      { heading: 'Running', numeric: true },
      { heading: 'Dead', numeric: true },
      { heading: 'Declared outcomes' },
    ],
    rows: [
      ...contracts.map((contract) => [
        html`<a href="${`/tasks?contract=${encodeURIComponent(contract.name)}`}">${contract.name}</a><span class="about">${contract.description}</span>`,
        html`v${contract.version}${contract.isNewest ? nothing : html` <span class="quiet">older</span>`}`,
        html`${contract.queue}`,
        html`<a href="${`/tasks?service=${encodeURIComponent(contract.service)}`}">${contract.service}</a>`,
        count(contract, 'pending', contract.pending),
        count(contract, 'running', contract.running),
        count(contract, 'dead', contract.dead),
        outcomesText(contract),
      ]),
      ...(others.pending + others.running + others.dead === 0 ? [] : [othersRow(others)]),
    ],
  });
}

function othersRow({ pending, running, dead }: ContractViews['others']): Html[] {
  return [
    html`others<span class="about">Contracts and versions that this console does not know: deploy one that does.</span>`,
    none,
    none,
    none,
    html`${pending}`,
    html`${running}`,
    html`${dead}`,
    none,
  ];
}

function outcomesText({ name, outcomes }: ContractView): Html {
  if (outcomes.length === 0) return none;
  return html`${outcomes.map(({ outcome, count }, index) => {
    const href = `/tasks?${new URLSearchParams({ contract: name, outcome })}`;
    return html`${index === 0 ? nothing : ', '}${outcome} ${count === 0 ? html`0` : html`<a href="${href}">${count}</a>`}`;
  })}`;
}
