/** What was said above what was told, label by label, as HTML. Pure. */
import type { Prediction } from "../../../lib/records/predictions.ts";
import { type AlignedLabels, alignLabels } from "../text/alignment.ts";
import { escapeHtml } from "./markup.ts";

/** How to read it. */
export const ALIGNMENT_READING =
  "Each column is one label: above as it was said, below as it was heard; marked are labels taken for another (≠), " +
  "inserted where nothing was said (+), and left out (−).";

export function alignmentHtml(example: Pick<Prediction, "labels" | "told">): string {
  return `<div class="alignment">${alignLabels(example).map(columnHtml).join("")}</div>`;
}

function columnHtml({ said, told }: AlignedLabels): string {
  const [kind, sign] = said === told
    ? ["right", ""]
    : said === null
    ? ["inserted", "+"]
    : told === null
    ? ["left-out", "−"]
    : ["other", "≠"];
  const cells = [said ?? "", told ?? ""].map((text) => `<span>${escapeHtml(text) || "&nbsp;"}</span>`);
  return `<span class="${kind}">${cells.join("")}<span class="sign">${sign || "&nbsp;"}</span></span>`;
}
