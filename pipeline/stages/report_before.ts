/** Stage `report`: all runs as one HTML page that is read offline, and the figures in it as files. */
import { stringify } from "@std/csv";
import { gzipSync } from "node:zlib";
import type { Json } from "../../lib/base/json.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import type { Figure } from "../../lib/plots/spec.ts";
import { onPaper } from "../../lib/plots/theme.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import type { InputOrigin } from "../engine/types.ts";
import { reportPage } from "../report/page.ts";
import { renderSvg } from "../report/render_svg.ts";
import type { ClassMetrics, Probe, ReportData, ReportRun, TrainingHistory } from "../report/report_data.ts";
import type { RecognitionRow } from "../report/recognition_results.ts";
import type { ResultRow } from "../report/results.ts";
import { ACCURACY, errorRate, scoredClassifier, scoredRecognizer } from "../report/scored_run.ts";
import { reportContents } from "../report/sections.ts";
import type { RecognitionResults } from "./aggregate_recognizers.ts";
import type { Metrics } from "./evaluate.ts";
import type { RecognizerMetrics } from "./evaluate_recognizer.ts";

/**
 * Reads inputs `results` (of `aggregate`), `metrics:<run>` and `history:<run>` for every run, and `probe:<run>` for
 * those looked into; writes `report.html` and the folder `figures`: `<figure>.csv`, and `.svg` and `.vl.json` of each
 * of its panels.
 */
export interface ReportSlice {
  readonly task: "kws" | "asr";
  readonly title: string;
  readonly runs: readonly ReportRun[];
  /** Names of the runs that have a probe. */
  readonly looked_into: readonly string[];
}

export async function run(io: StageIo): Promise<void> {
  const data = readData(io);
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
    style: Deno.readTextFileSync(new URL("../report/page.css", import.meta.url)),
    script: Deno.readTextFileSync(new URL("../report/page.js", import.meta.url)),
  });
  Deno.writeTextFileSync(io.output("report.html"), page);
}

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

function readData(io: StageIo): ReportData {
  const { task, title, runs, looked_into } = io.slice as unknown as ReportSlice;
  const names = runs.map(({ run }) => run);
  const inputsOf = (run: string) => [`metrics:${run}`, `history:${run}`, `probe:${run}`];
  return {
    title,
    runs,
    ...(task === "asr" ? readRecognizers(io) : readClassifiers(io)),
    metrics: new Map(
      names.map((run) => [run, task === "asr" ? readConfusion(io, run) : readMetrics(io, run)]),
    ),
    histories: new Map(names.map((run) => [run, readJson<TrainingHistory>(io, `history:${run}`)])),
    probes: new Map(looked_into.map((run) => [run, readProbe(io, run)])),
    origins: new Map(names.map((run) => [
      run,
      inputsOf(run).flatMap((name): InputOrigin[] =>
        io.origins[name] === undefined ? [] : [io.origins[name]]
      ),
    ])),
  };
}

function readClassifiers(io: StageIo): Pick<ReportData, "measure" | "rows" | "heard"> {
  const { rows } = readJson<{ rows: ResultRow[] }>(io, "results");
  return { measure: ACCURACY, rows: rows.map(scoredClassifier), heard: null };
}

function readRecognizers(io: StageIo): Pick<ReportData, "measure" | "rows" | "heard"> {
  const { rows, heard } = readJson<RecognitionResults>(io, "results");
  const folded = rows.every(({ best }: RecognitionRow) => best.folded !== null);
  return { measure: errorRate(folded), rows: rows.map(scoredRecognizer), heard };
}

function readConfusion(io: StageIo, run: string): ClassMetrics {
  const { labels, counts } =
    readJson<RecognizerMetrics>(io, `metrics:${run}`).checkpoints.best.figures.confusion;
  return { classes: labels, perClass: [], confusion: counts };
}

function readMetrics(io: StageIo, run: string): ClassMetrics {
  const { classes, checkpoints } = readJson<Metrics>(io, `metrics:${run}`);
  const { per_class, confusion } = checkpoints.best.figures;
  return { classes, perClass: per_class, confusion };
}

function readProbe(io: StageIo, run: string): Probe {
  const { tensors, metadata } = readTensors(io.input(`probe:${run}`));
  return { classes: JSON.parse(metadata["classes"] ?? "[]"), tensors: tensors as Probe["tensors"] };
}

function readJson<T>(io: StageIo, name: string): T {
  return JSON.parse(Deno.readTextFileSync(io.input(name))) as Json as T;
}

if (import.meta.main) await serveStage(run);
