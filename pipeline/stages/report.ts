/** Stage `report`: all runs as one HTML page that is read offline, and the figures in it as files. */
import { stringify } from "@std/csv/stringify";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { printableValues } from "../../lib/base/printable.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import type { Figure } from "../../lib/plots/spec.ts";
import { onPaper } from "../../lib/plots/theme.ts";
import { conditionKey, conditionSchema } from "../../lib/records/condition.ts";
import { parseHistory } from "../../lib/records/history.ts";
import { parseMetrics } from "../../lib/records/metrics.ts";
import { parseHeardClips } from "../../lib/records/heard_clips.ts";
import { parsePredictions } from "../../lib/records/predictions.ts";
import { parseProbe } from "../../lib/records/probe.ts";
import { parseResults } from "../../lib/records/results.ts";
import { parseStream } from "../../lib/records/stream.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";
import type { InputOrigin } from "../engine/types.ts";
import { ErrorTally } from "../report/statistics/error_tally.ts";
import { REPORT_AUDIO } from "../report/page/report_audio.ts";
import { doubtsText, LabelDoubts } from "../report/statistics/label_doubts.ts";
import { measureOf } from "../report/statistics/measure.ts";
import { heardAudio } from "../report/page/heard_clips.ts";
import { reportPage } from "../report/page/page.ts";
import { renderSvg } from "../report/page/render_svg.ts";
import { type ReportData, reportRunSchema } from "../report/page/report_data.ts";
import { type Outcomes, outcomesOf } from "../report/statistics/outcomes.ts";
import { reportContents } from "../report/page/sections.ts";

/**
 * Reads inputs `results` (of `aggregate`), `metrics:<run>`, `predictions:<run>` and `history:<run>` for every run,
 * `predictions:<run>@<condition>` for every condition that it was tested under, `probe:<run>` for those looked into,
 * `stream:<run>` for those that listened to a stream, and `clips` of the one whose errors are heard; writes `report.html`, the folder `figures`: `<figure>.csv`, and `.svg` and `.vl.json` of
 * each of its panels, and `doubtful_labels.txt`, a list as `dataset.exclude` takes it.
 */
export const reportSlice = z.strictObject({
  title: z.string(),
  runs: z.array(reportRunSchema).min(1),
  /** Under which runs were tested besides. */
  conditions: z.array(conditionSchema),
  /** Names of the runs that have a probe. */
  looked_into: z.array(z.string()),
  /** Name of the run whose errors are listed. */
  listened_to: z.string(),
  /** Which examples the page lets hear. */
  audio: z.enum(REPORT_AUDIO),
});

export const stage = defineStage({
  slice: reportSlice,
  async run(io, { lookedInto, listenedTo, audio, conditions, ...slice }) {
    const names = slice.runs.map(({ run }) => run);
    const { title, runs } = printableValues(slice);
    const read = <T>(input: string, parse: (text: string, path: string) => T) =>
      printableValues(parse(Deno.readTextFileSync(io.input(input)), io.input(input)));
    const outcomesIn = (runs: readonly string[], suffix = "") =>
      new Map(runs.map((run) => [run, outcomesOf(read(`predictions:${run}${suffix}`, parsePredictions))]));
    const results = read("results", parseResults);
    // One after the other: all predictions of a large sweep would not fit into memory.
    const [outcomes, doubts] = [new Map<string, Outcomes>(), new LabelDoubts()];
    const errors = new ErrorTally(measureOf(results).lowerIsBetter);
    for (const run of names) {
      const predictions = read(`predictions:${run}`, parsePredictions);
      outcomes.set(run, outcomesOf(predictions));
      doubts.add(predictions);
      errors.add(predictions);
    }
    const doubtful = doubts.list();
    Deno.writeTextFileSync(io.output("doubtful_labels.txt"), doubtsText(doubtful, title));
    const data: ReportData = {
      title,
      runs,
      results,
      metrics: new Map(names.map((run) => [run, read(`metrics:${run}`, parseMetrics)])),
      outcomes,
      outcomesUnder: new Map(
        conditions.map(conditionKey).map((key) => [
          key,
          outcomesIn(names.filter((run) => `predictions:${run}@${key}` in io.inputs), `@${key}`),
        ]),
      ),
      histories: new Map(names.map((run) => [run, read(`history:${run}`, parseHistory)])),
      probes: new Map(lookedInto.map((run) => {
        const path = io.input(`probe:${run}`);
        return [run, printableValues(parseProbe(readTensors(path), path))];
      })),
      heard: {
        run: listenedTo,
        audio,
        clips: printableValues(parseHeardClips(readTensors(io.input("clips")), io.input("clips"))),
        predictions: read(`predictions:${listenedTo}`, parsePredictions),
        errors,
      },
      doubts: { list: doubtful, judges: doubts.judges },
      streams: new Map(
        names.filter((run) => `stream:${run}` in io.inputs).map((run) =>
          [run, read(`stream:${run}`, parseStream)] as const
        ),
      ),
      origins: new Map(names.map((run) => [run, originsOf(io, run)])),
    };
    const contents = reportContents(data);
    const figures = contents.sections.flatMap((section) => section.figures);
    const folder = io.output("figures");
    Deno.mkdirSync(folder);
    const drawings = new Map<string, string>();
    const tables: Record<string, string> = {};
    for (const [i, figure] of figures.entries()) {
      await draw(figure, folder, drawings, (message) => io.note("warning", message));
      const csv = csvOf(figure);
      Deno.writeTextFileSync(`${folder}/${figure.id}.csv`, csv);
      tables[figure.id] = gzipSync(csv).toString("base64");
      io.progress({ done: i + 1, total: figures.length, unit: "figures" });
    }
    const page = reportPage({
      contents,
      drawings,
      tables,
      origins: data.origins,
      audio: heardAudio(data.heard),
      style: Deno.readTextFileSync(new URL("../report/page/page.css", import.meta.url)),
      script: Deno.readTextFileSync(new URL("../report/page/page.js", import.meta.url)),
    });
    Deno.writeTextFileSync(io.output("report.html"), page);
  },
});

async function draw(
  { id, panels }: Figure,
  folder: string,
  drawings: Map<string, string>,
  warn: (message: string) => void,
): Promise<void> {
  for (const panel of panels) {
    const name = `${id}-${panel.id}`;
    const svg = await renderSvg(panel.spec, `${name}-`, (message) => warn(`${name}: ${message}`));
    drawings.set(`${id}/${panel.id}`, svg);
    Deno.writeTextFileSync(`${folder}/${name}.svg`, onPaper(svg));
    Deno.writeTextFileSync(`${folder}/${name}.vl.json`, onPaper(JSON.stringify(panel.spec)));
  }
}

function csvOf({ data }: Figure): string {
  return stringify([...data], { columns: Object.keys(data[0] ?? {}), crlf: true });
}

/** The tasks that made what is shown of a run. */
function originsOf({ origins }: StageIo, run: string): InputOrigin[] {
  return ["metrics", "history", "probe", "stream"].flatMap((input) => origins[`${input}:${run}`] ?? []);
}

if (import.meta.main) await stage.serve();
