/**
 * Stage `stream`: how well a network does on a stream. When it says a word is chosen on one stream, tested on another, and
 * kept in the checkpoint.
 */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import type { WritableData } from "../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { clipCheckpoint } from "../../lib/records/clip_checkpoint.ts";
import { alarmPlot, detPlot } from "../../lib/plots/det_plot.ts";
import { PANEL_WIDTH } from "../../lib/plots/spec.ts";
import { onPaper } from "../../lib/plots/theme.ts";
import { checkpointMetadata } from "../../lib/records/checkpoint.ts";
import { type StreamRecord, streamText } from "../../lib/records/stream.ts";
import { WHOSE } from "../../lib/stream/choose.ts";
import { knownWords } from "../../lib/stream/det.ts";
import { type Listened, measureStream } from "../../lib/stream/measure.ts";
import { readScores } from "../../lib/stream/scores_io.ts";
import { openStream } from "../../lib/stream/source_io.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";
import { renderSvg } from "../report/page/render_svg.ts";
import { alarmCurve, detCurve } from "../report/figures/stream_curves.ts";
import { detCsv, detectionsCsv, triedCsv } from "../report/text/stream.ts";

/** Of the drawing's plotting area, in pixels. */
const WIDTH = 1.6 * PANEL_WIDTH;

const counts = z.array(z.int().min(1)).min(1);

/**
 * Reads inputs `checkpoint`, and of both sides (`test`, `development`) `<side>_scores` and `<side>_audio`, for its labels
 * alone, or `<side>_labels`; writes `stream.json`, `det.svg` (of a test stream without words false alarms over thresholds), `det.csv`, `detections.csv`, `tried.csv`, and
 * `checkpoint.safetensors`: the same tensors, and the operating point.
 */
const slice = z.strictObject({
  /** What streams are, in words. */
  test: z.string(),
  development: z.string(),
  tolerance_seconds: z.number().min(0),
  refractory_seconds: z.number().min(0),
  smoothing: counts,
  patience: counts,
  false_alarms_per_hour: z.number().min(0),
  /** Each word's own, or one common to all. */
  thresholds: z.enum(WHOSE),
});

export const stage = defineStage({
  slice,
  /** @throws {UserError} `bad-file`, `bad-dataset`: a development stream has none of the words. */
  async run(
    io,
    { test, development, toleranceSeconds, refractorySeconds, falseAlarmsPerHour, ...tried },
  ) {
    const path = io.input("checkpoint");
    const file = readTensors(path);
    const checkpoint = clipCheckpoint(file, path);
    const tuned = await listened(io, "development", development, checkpoint.sampleRate);
    if (knownWords(tuned.words ?? [], checkpoint.classes).length === 0) {
      throw new UserError(
        "bad-dataset",
        `Cannot choose a threshold on ${development}: found none of the words ${
          checkpoint.classes.filter((name) => !name.startsWith("_")).join(", ")
        } in its labels, wanted some. Label them, or choose on a stream of voices.`,
      );
    }
    const total = tried.smoothing.length * tried.patience.length;
    const search = {
      ...tried,
      refractorySeconds,
      toleranceSeconds,
      allowedPerHour: falseAlarmsPerHour,
    };
    const tested = await listened(io, "test", test, checkpoint.sampleRate);
    for (const side of [tuned, tested]) warnOfUnknown(io, side, checkpoint.classes);
    const record = measureStream(
      tuned,
      tested,
      search,
      (done) => io.progress({ done, total, unit: "rules" }),
    );
    const write = (name: string, text: string) => Deno.writeTextFileSync(io.output(name), text);
    write("stream.json", streamText(record));
    write("det.csv", detCsv(record));
    write("detections.csv", detectionsCsv(record));
    write("tried.csv", triedCsv(record));
    write("det.svg", onPaper(await drawn(record, (message) => io.note("warning", message))));
    const { missed, words } = record.operatingPoint.chosenOn;
    const hears = missed < words;
    const { operating_point: _, ...others } = file.metadata; // of an earlier stream
    if (!hears) {
      io.note(
        "warning",
        `The checkpoint has no operating point: with at most ${falseAlarmsPerHour} false alarms an hour it heard none of ` +
          `${words} words on ${development}`,
      );
    }
    writeTensors(
      io.output("checkpoint.safetensors"),
      file.tensors as ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: WritableData }>,
      {
        ...others,
        ...checkpointMetadata({ ...checkpoint, operatingPoint: hears ? record.operatingPoint : undefined }),
      },
    );
  },
});

async function listened(
  io: StageIo,
  side: "test" | "development",
  stream: string,
  sampleRate: number,
): Promise<Listened> {
  const source = await openStream(io.input(`${side}_audio`), sampleRate);
  return {
    stream,
    scored: readScores(io.input(`${side}_scores`)),
    words: source.words(io.inputs[`${side}_labels`]),
  };
}

/** Labels that count for nothing, as they would otherwise be missed by nobody. */
function warnOfUnknown(io: StageIo, { stream, words }: Listened, classes: readonly string[]): void {
  const known = new Set(knownWords(words ?? [], classes).map(({ word }) => word));
  const unknown = (words ?? []).map(({ word }) => word).filter((word) => !known.has(word));
  if (unknown.length === 0) return;
  const names = [...new Set(unknown)].slice(0, 5).join(", ");
  io.note(
    "info",
    `${stream}: ${unknown.length} labels are of words that the network does not listen for: ${names}`,
  );
}

async function drawn(record: StreamRecord, onWarning: (message: string) => void): Promise<string> {
  const labelled = detCurve(record);
  const spec = labelled === undefined ? alarmPlot([alarmCurve(record)], WIDTH) : detPlot([labelled], WIDTH);
  return await renderSvg(spec, "det-", onWarning);
}

if (import.meta.main) await stage.serve();
