/** Utterances as a recogniser hears them, what was said above what was heard, as HTML. Pure. */
import { escapeHtml, originButton } from "./markup.ts";
import type { ReportData } from "./report_data.ts";

/** Nothing where outputs are no sequences. */
export function alignmentsHtml({ heard }: Pick<ReportData, "heard">): string {
  if (heard === null || heard.examples.length === 0) return "";
  const utterances = heard.examples.map(({ name, reference, hypothesis }) => {
    const columns = reference.map((said, i) => columnHtml(said, hypothesis[i] ?? null));
    return `<h4>${escapeHtml(name)}</h4>\n<div class="alignment">${columns.join("")}</div>`;
  });
  return `<div class="heard">
<h3>What is heard</h3>
<p class="reading">Each column is one label: above as it was said, below as it was heard; marked are labels taken for another (≠),
inserted where nothing was said (+), and left out (−).</p>
${utterances.join("\n")}
<p class="tools">${originButton(`From ${heard.run}`, [heard.run])}</p>
</div>`;
}

function columnHtml(said: string | null, heard: string | null): string {
  const [kind, sign] = said === heard
    ? ["right", ""]
    : said === null
    ? ["inserted", "+"]
    : heard === null
    ? ["left-out", "−"]
    : ["other", "≠"];
  const cells = [said ?? "", heard ?? ""].map((text) => `<span>${escapeHtml(text) || "&nbsp;"}</span>`);
  return `<span class="${kind}">${cells.join("")}<span class="sign">${sign || "&nbsp;"}</span></span>`;
}
