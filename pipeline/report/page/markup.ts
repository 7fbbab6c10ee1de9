/** Pieces of HTML. Pure. */

/** Text as it stands in HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A value as JSON in a script element, which nothing in it can end. */
export function jsonScript(id: string, value: unknown): string {
  return `<script type="application/json" id="${id}">${
    JSON.stringify(value).replaceAll("<", "\\u003c")
  }</script>`;
}

export interface HtmlColumn {
  readonly title: string;
  readonly numeric?: boolean;
}

export interface HtmlCell {
  /** As it is shown. */
  readonly text: string;
  /** What rows are sorted by, if not by the text. */
  readonly value?: number | null;
  /** Shows where this run's figures come from. */
  readonly run?: string;
}

/** A table whose columns sort when their titles are clicked. */
export function sortableTable(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: readonly (readonly HtmlCell[])[],
): string {
  const head = columns.map(({ title, numeric }) =>
    `<th scope="col"${numeric ? ' class="number"' : ""}><button type="button" class="sort">${
      escapeHtml(title)
    }</button></th>`
  ).join("");
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellHtml(cell, columns[i]!)).join("")}</tr>`);
  return `<div class="scrolled"><table class="sortable"><caption>${
    escapeHtml(caption)
  }</caption><thead><tr>${head}` +
    `</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table></div>`;
}

function cellHtml({ text, value, run }: HtmlCell, { numeric }: HtmlColumn): string {
  const shown = run === undefined ? escapeHtml(text) : originButton(text, [run]);
  const key = value === undefined ? "" : ` data-value="${value ?? ""}"`;
  return `<td${numeric ? ' class="number"' : ""}${key}>${shown}</td>`;
}

/** Opens the provenance of runs. */
export function originButton(text: string, runs: readonly string[]): string {
  return `<button type="button" class="origin" data-runs="${escapeHtml(runs.join(" "))}">${
    escapeHtml(text)
  }</button>`;
}
