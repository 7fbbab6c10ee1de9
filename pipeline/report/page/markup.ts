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
  /** Goes without a column where it is the same in all rows: the caption says it once. */
  readonly once?: boolean;
}

export interface HtmlCell {
  /** As it is shown. */
  readonly text: string;
  /** What rows are sorted by, if not by the text. */
  readonly value?: number | null;
  /** Shows where this run's figures come from. */
  readonly run?: string;
  /** Leads to the part of the page of this id. */
  readonly link?: string;
}

/** A table whose columns sort when their titles are clicked. */
export function sortableTable(
  about: string,
  all: readonly HtmlColumn[],
  allRows: readonly (readonly HtmlCell[])[],
): string {
  const isSame = (at: number) =>
    allRows.length > 1 && all[at]!.once === true && new Set(allRows.map((row) => row[at]!.text)).size === 1;
  const same = all.flatMap(({ title }, at) =>
    isSame(at) && allRows[0]![at]!.text !== "" ? [`${title} ${allRows[0]![at]!.text}`] : []
  );
  const caption = same.length === 0 ? about : `${about}. The same in all: ${same.join(", ")}`;
  const columns = all.filter((_, at) => !isSame(at));
  const rows = allRows.map((row) => row.filter((_, at) => !isSame(at)));
  const head = columns.map(({ title, numeric }) =>
    `<th scope="col"${numeric ? ' class="number"' : ""}><button type="button" class="sort">${
      escapeHtml(title)
    }</button></th>`
  ).join("");
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellHtml(cell, columns[i]!)).join("")}</tr>`);
  // Outside, so that it stays where a wide table is moved beneath it.
  return `<p class="caption">${
    escapeHtml(caption)
  }</p>\n<div class="scrolled" role="region" tabindex="0" aria-label="${
    escapeHtml(about)
  }"><table class="sortable" aria-label="${escapeHtml(about)}"><thead><tr>${head}</tr></thead><tbody>\n${
    body.join("\n")
  }\n</tbody></table></div>`;
}

function cellHtml({ text, value, run, link }: HtmlCell, { numeric }: HtmlColumn): string {
  const plain = link === undefined
    ? escapeHtml(text)
    : `<a href="#${escapeHtml(link)}">${breakable(text)}</a>`;
  const shown = run === undefined ? plain : originButton(text, [run]);
  const key = value === undefined ? "" : ` data-value="${value ?? ""}"`;
  const kind = run !== undefined ? ' class="name"' : numeric ? ' class="number"' : "";
  return `<td${kind}${key}>${shown}</td>`;
}

/** Text whose long names may go on in a new line where their parts end. */
export function breakable(text: string): string {
  return escapeHtml(text).replaceAll(/[-=_]/g, "$&<wbr>");
}

/** Opens the provenance of runs. */
export function originButton(text: string, runs: readonly string[]): string {
  return `<button type="button" class="origin" data-runs="${escapeHtml(runs.join(" "))}">${
    breakable(text)
  }</button>`;
}
