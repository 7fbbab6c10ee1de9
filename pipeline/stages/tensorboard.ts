/** Stage `tensorboard`: a run as an event file, for TensorBoard and whatever else reads its format. */
import { z } from "zod";
import type { Json } from "../../lib/base/json.ts";
import { printable, printableValues } from "../../lib/base/printable.ts";
import type { TensorFile } from "../../lib/formats/safetensors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { encodeEvents, type Summary } from "../../lib/formats/tensorboard.ts";
import { conditionKey } from "../../lib/records/condition.ts";
import { type History, parseHistory } from "../../lib/records/history.ts";
import { type Metrics, parseMetrics } from "../../lib/records/metrics.ts";
import { parseProbe } from "../../lib/records/probe.ts";
import { defineStage } from "../engine/stage.ts";
import { confusionSummaries, probeSummaries } from "../report/events/pictures.ts";
import { EVENT_FILE } from "../report/events/event_file.ts";
import { sliceValues } from "../report/text/slice_values.ts";

/**
 * Reads inputs `history`, `best` and `last` (of `train`), `metrics` (of `evaluate`), `metrics@...` of each condition under
 * which the run was tested besides, and, where there is one, `probe`;
 * writes {@link EVENT_FILE}: scalars of every epoch, histograms and images at the start, at the best and at the last
 * epoch; figures of the state that counts. The horizontal axis counts steps of training.
 */
const slice = z.strictObject({
  /** What `train` was told, shown as text. */
  training: z.record(z.string(), z.json()),
});

export const stage = defineStage({
  slice,
  run(io, { training }) {
    const read = <T>(input: string, parse: (text: string, path: string) => T) =>
      printableValues(parse(Deno.readTextFileSync(io.input(input)), io.input(input)));
    const history = read("history", parseHistory);
    const metrics = read("metrics", parseMetrics);
    const stepOf = new Map(history.epochs.map(({ epoch, steps }) => [epoch, steps]));
    const bestStep = stepOf.get(history.bestEpoch)!;
    const lastStep = history.epochs.at(-1)!.steps;
    const testedStep = metrics.tested === "best" ? bestStep : lastStep;
    const probe = io.inputs["probe"];
    const summaries: Summary[] = [
      {
        tag: "configuration",
        step: 0,
        kind: "text",
        text: markdownTable(sliceValues(printableValues(training))),
      },
      ...curves(history),
      ...figures(metrics, testedStep),
      ...Object.keys(io.inputs).filter((input) => input.startsWith("metrics@"))
        .flatMap((input) => figures(read(input, parseMetrics), testedStep)),
      ...histograms(readTensors(io.input("best")), bestStep),
      ...(lastStep === bestStep ? [] : histograms(readTensors(io.input("last")), lastStep)),
      ...confusionSummaries(metrics.checkpoints[metrics.tested].confusion, testedStep),
      ...(probe === undefined
        ? []
        : probeSummaries(printableValues(parseProbe(readTensors(probe), probe)), testedStep)),
    ];
    Deno.writeFileSync(io.output(EVENT_FILE), encodeEvents(summaries));
  },
});

/** One point an epoch; a tag before the slash is a chart that its tags share. */
function curves({ epochs }: History): Summary[] {
  return epochs.flatMap(
    ({ steps, lr, loss, accuracy, validationLoss, validationAccuracy, epoch }): Summary[] => {
      const points: [string, number][] = [
        ["loss/training", loss],
        ["loss/validation", validationLoss],
        ["accuracy/training", accuracy],
        ["accuracy/validation", validationAccuracy],
        ...Object.entries(lr).map(([group, rate]): [string, number] => [`learning_rate/${group}`, rate]),
        ["epoch", epoch],
      ];
      return points.map(([tag, value]) => ({ tag, step: steps, kind: "scalar", value }));
    },
  );
}

/** Of the checkpoint that counts. */
function figures({ columns, checkpoints, tested, condition }: Metrics, step: number): Summary[] {
  const chart = condition === null ? "test" : `test@${conditionKey(condition)}`;
  return columns.flatMap(({ name }, i): Summary[] => {
    const value = checkpoints[tested].values[i] ?? null;
    return value === null ? [] : [{ tag: `${chart}/${name}`, step, kind: "scalar", value }];
  });
}

/** Of all float tensors with more than one value. */
function histograms({ tensors }: Pick<TensorFile, "tensors">, step: number): Summary[] {
  return [...tensors].flatMap(([name, { data }]): Summary[] =>
    data instanceof Float32Array && data.length > 1
      ? [{ tag: `tensors/${printable(name)}`, step, kind: "histogram", values: data }]
      : []
  );
}

function markdownTable(rows: readonly (readonly [string, Json])[]): string {
  const cells = rows.map(([name, value]) => `| ${name} | ${JSON.stringify(value)} |`);
  return ["| key | value |", "|---|---|", ...cells].join("\n");
}

if (import.meta.main) await stage.serve();
