/** Stage `search`: what a search tried, as a table and drawn. */
import { stringify } from "@std/csv/stringify";
import { printableValues } from "../../lib/base/printable.ts";
import { onPaper } from "../../lib/plots/theme.ts";
import { parseHistory } from "../../lib/records/history.ts";
import { searchSchema, searchText } from "../../lib/records/search.ts";
import { defineStage } from "../engine/stage.ts";
import { searchFigures } from "../report/figures/search_figures.ts";
import { renderSvg } from "../report/page/render_svg.ts";
import { searchCsv } from "../report/text/search.ts";

/**
 * Reads `history:<trial>` of each trial that has a score; writes `search.json`, `trials.csv`, and the folder `figures`:
 * `<figure>.csv`, and `.svg` and `.vl.json` of each of its panels.
 */
export const stage = defineStage({
  slice: searchSchema,
  async run(io, told) {
    const record = printableValues(told);
    Deno.writeTextFileSync(io.output("search.json"), searchText(record));
    Deno.writeTextFileSync(io.output("trials.csv"), searchCsv(record));
    const histories = new Map(
      record.trials.filter(({ scores }) => scores.length > 0).map(({ number }) => {
        const path = io.input(`history:${number}`);
        return [number, parseHistory(Deno.readTextFileSync(path), path)] as const;
      }),
    );
    const folder = io.output("figures");
    Deno.mkdirSync(folder);
    for (const { id, panels, data } of searchFigures(record, histories)) {
      const csv = stringify([...data], { columns: Object.keys(data[0] ?? {}), crlf: true });
      Deno.writeTextFileSync(`${folder}/${id}.csv`, csv);
      for (const panel of panels) {
        const name = `${id}-${panel.id}`;
        const warn = (message: string) => io.note("warning", `${name}: ${message}`);
        Deno.writeTextFileSync(
          `${folder}/${name}.svg`,
          onPaper(await renderSvg(panel.spec, `${name}-`, warn)),
        );
        Deno.writeTextFileSync(`${folder}/${name}.vl.json`, onPaper(JSON.stringify(panel.spec)));
      }
    }
  },
});

if (import.meta.main) await stage.serve();
