/** A few examples as a network takes them, what was said above what was told, as HTML. Pure. */
import type { Results } from "../../../lib/records/results.ts";
import { type AlignedLabels, alignLabels } from "../text/alignment.ts";
import { escapeHtml, originButton } from "./markup.ts";

/** Nothing where there are none. */
export function alignmentsHtml({ run, examples }: Results["told"]): string {
  if (examples.length === 0) return "";
  const shown = examples.map((example) => {
    const { name, posterior } = example;
    const sure = posterior === null ? "" : `, probability ${posterior.toFixed(2)}`;
    const columns = alignLabels(example).map(columnHtml);
    return `<h4>${escapeHtml(name + sure)}</h4>\n<div class="alignment">${columns.join("")}</div>`;
  });
  return `<div class="heard">
<h3>What is heard</h3>
<p class="reading">Each column is one label: above as it was said, below as it was heard; marked are labels taken for another (≠),
inserted where nothing was said (+), and left out (−).</p>
${shown.join("\n")}
<p class="tools">${originButton(`From ${run}`, [run])}</p>
</div>`;
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
