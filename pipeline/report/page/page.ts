/** The report as one HTML file that needs nothing else. Pure. */
import type { InputOrigin } from "../../engine/types.ts";
import { inkDeclarations } from "../../../lib/plots/theme.ts";
import { type Figure, PANEL_WIDTH } from "../../../lib/plots/spec.ts";
import { escapeHtml, jsonScript, originButton } from "./markup.ts";
import type { ReportContents, Section } from "./sections.ts";
import { count } from "../text/wording.ts";

export interface PageParts {
  readonly contents: ReportContents;
  /** SVG by `<figure>/<panel>`. */
  readonly drawings: ReadonlyMap<string, string>;
  /** CSV of each figure, gzipped, in base64. */
  readonly tables: Readonly<Record<string, string>>;
  readonly origins: ReadonlyMap<string, readonly InputOrigin[]>;
  /** Wav files in base64, by their place in the list of clips. */
  readonly audio: readonly string[];
  /** A style sheet and a script, put in as they are. */
  readonly style: string;
  readonly script: string;
}

/** Nothing is fetched, whatever is in the page. */
const POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src data:";

export function reportPage(parts: PageParts): string {
  const { contents, style, script, tables, origins, audio } = parts;
  const { title, lead, sections } = contents;
  const links = sections.map(({ id, title, short = title }) => `<a href="#${id}">${escapeHtml(short)}</a>`)
    .join("\n");
  return `<!doctype html>
<html lang="en" data-theme="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)}</title>
<style>
:root{${inkDeclarations("light")}}
@media screen and (prefers-color-scheme: dark){:root:not([data-theme="light"]){${inkDeclarations("dark")}}}
@media screen{:root[data-theme="dark"]{${inkDeclarations("dark")}}}
${style}</style>
</head>
<body>
<header>
<div><p class="kind">${escapeHtml(title)}</p>
<h1>${escapeHtml(lead)}</h1></div>
<label class="theme">Theme <select id="theme"><option value="auto">as the system</option><option value="light">light</option><option value="dark">dark</option></select></label>
</header>
<nav aria-label="Contents">
${links}
</nav>
<main>
${sections.map((section) => sectionHtml(section, parts)).join("\n")}
</main>
<footer>
<p>Figures are drawn from Vega-Lite specifications; the folder <code>figures</code> beside this file has each of them with
its SVG and CSV, and <code>deno task report</code> draws them as PNG too. Scores are those of the
checkpoint that <code>trainer.test</code> and <code>trainer.select</code> name, on the test split.</p>
</footer>
<dialog id="origins" aria-label="Provenance"><form method="dialog"><button>Close</button></form><div></div></dialog>
<div id="tip" role="tooltip" hidden></div>
${jsonScript("origin-data", Object.fromEntries(origins))}
${jsonScript("csv-data", tables)}
${jsonScript("audio-data", audio)}
<script>
${script}</script>
</body>
</html>
`;
}

function sectionHtml(section: Section, parts: PageParts): string {
  const { id, title, text, figures, table, shown } = section;
  const heading = `<h2>${escapeHtml(title)}</h2>`;
  const texts = text.map((paragraph) => `<p class="answer">${escapeHtml(paragraph)}</p>`).join("\n");
  const drawings = figures.map((figure) => figureHtml(figure, parts)).join("\n");
  const drawn = drawings === "" ? "" : `<div class="figures">\n${drawings}\n</div>`;
  if (shown === "always") {
    return `<section id="${id}" class="first">
${heading}
<div class="beside">
<div>${factsHtml(parts.contents.facts)}
${texts}</div>
${drawn}
</div>
${table}
</section>`;
  }
  return `<section id="${id}">
<details${shown === "open" ? " open" : ""}>
<summary>${heading}</summary>
${texts}
${drawn}
${table}
</details>
</section>`;
}

function factsHtml(facts: ReportContents["facts"]): string {
  const lines = facts.map(({ name, text }) =>
    `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd></div>`
  );
  return `<dl class="facts">\n${lines.join("\n")}\n</dl>`;
}

/** Whether a drawing wants the room of two. */
function isWide(svg: string): boolean {
  return Number(/ width="(\d+)/.exec(svg)?.[1]) > 1.5 * PANEL_WIDTH;
}

function figureHtml({ id, title, reading, panels, runs }: Figure, { drawings }: PageParts): string {
  const drawn = panels.map((panel) => {
    const heading = panel.title === "" ? "" : `<h4>${escapeHtml(panel.title)}</h4>`;
    const drawing = drawings.get(`${id}/${panel.id}`)!;
    const name = escapeHtml(panel.title === "" ? title : `${title}: ${panel.title}`);
    return `<div class="panel${isWide(drawing) ? " wide" : ""}">${heading}${named(drawing, name)}</div>`;
  });
  const sources = [...new Set(runs)];
  const of = escapeHtml(title);
  return `<figure id="figure-${id}" class="${
    panels.length > 1 ? "many" : "one"
  }" aria-labelledby="title-${id}" aria-describedby="reading-${id}">
<h3 id="title-${id}">${of}</h3>
<figcaption id="reading-${id}">${escapeHtml(reading)}</figcaption>
<div class="panels">
${drawn.join("\n")}
</div>
<p class="tools"><a href="figures/${id}.csv" download="${id}.csv" data-csv="${id}" aria-label="${of}: data as CSV">Data as CSV</a>
${originButton(`From ${count(sources.length, "run")}`, sources)}</p>
</figure>`;
}

/** A drawing as readers of the screen find it: one chart, whose marks have names of their own. */
function named(svg: string, name: string): string {
  return svg.replace(
    "<svg ",
    `<svg role="graphics-document" aria-roledescription="chart" aria-label="${name}" `,
  );
}
