import { type Html, html, nothing } from '@waybill/service-kit/html';

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string;
  readonly numeric?: boolean;
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles keep it a table for screen readers there too; the
 * first cell of each row is its heading.
 */
export function table(options: {
  caption: string;
  columns: readonly Column[];
  rows: readonly (readonly Html[])[];
  empty: string;
}): Html {
  const { caption, columns, rows, empty } = options;
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const classOf = (column: Column | undefined): Html =>
    column?.numeric === true ? html` class="number"` : nothing;
  return html`<table role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th role="columnheader" scope="col"${classOf(column)}>${column.heading}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) =>
      html`<tr role="row">${cells.map((cell, index) => {
        const column = columns[index];
        const label = column?.heading ?? '';
        return index === 0
          ? html`<th role="rowheader" scope="row" data-label="${label}"${classOf(column)}><div>${cell}</div></th>`
          : html`<td role="cell" data-label="${label}"${classOf(column)}><div>${cell}</div></td>`;
      })}</tr>`,
  )}</tbody>
</table>`;
}
