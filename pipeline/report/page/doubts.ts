/** Labels that look wrong, as HTML. Pure. */
import type { LabelDoubt } from "../statistics/label_doubts.ts";
import { count } from "../text/wording.ts";
import { escapeHtml, sortableTable } from "./markup.ts";

/** More are in the file alone. */
const MOST_LISTED = 50;

/** @param clips Names of those that can be heard, in their order. @param judges How many runs tell any class, so that they have a say. */
export function doubtsHtml(doubts: readonly LabelDoubt[], clips: readonly string[], judges: number): string {
  const found = judges < 2
    ? "No label of the test split is doubted: that takes at least two runs that tell some class right more often than not."
    : doubts.length === 0
    ? "No label of the test split looks wrong: there is none that at least two runs, and at least half of those that " +
      "tell its class, take for the same other class with confidence."
    : `${count(doubts.length, "label")} of the test split look${
      doubts.length === 1 ? "s" : ""
    } wrong: at least two runs, and at least half of those that tell its class right more often than not, take the clip for the same other such class with confidence. Runs ` +
      "that learnt from the same clips agree in errors too: listen, and judge. The file doubtful_labels.txt beside this page " +
      "lists all; what is left of it after that can be given to dataset.exclude. Nothing is left out by itself.";
  const table = doubts.length === 0 ? "" : sortableTable(
    `Labels that look wrong${doubts.length > MOST_LISTED ? `: the first ${MOST_LISTED}` : ""}`,
    [
      { title: "clip" },
      { title: "label" },
      { title: "taken for" },
      { title: "probability", numeric: true },
      { title: "runs", numeric: true },
    ],
    doubts.slice(0, MOST_LISTED).map(({ name, label, told, posterior, runs, of }) => {
      const at = clips.indexOf(name);
      return [
        { text: name, ...(at < 0 ? {} : { link: `clip-${at}` }) },
        { text: label },
        { text: told },
        { text: posterior.toFixed(2), value: posterior },
        { text: `${runs} of ${of}`, value: runs / of },
      ];
    }),
  );
  return `<div id="doubts">
<h3>Labels that look wrong</h3>
<p class="reading">${escapeHtml(found)}</p>
${table}
</div>`;
}
