/** Stage `tensorboard`: a run as an event file, for TensorBoard and whatever else reads its format. */
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { TensorFile } from "../../lib/formats/safetensors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { encodeEvents, type Summary } from "../../lib/formats/tensorboard.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { EVENT_FILE } from "../report/event_file.ts";
import { basisImages, confusionImage, initialBases, spectrogramImages } from "./tensorboard_before_images.ts";
import type { History, TrainingSlice } from "./training.ts";

/**
 * Reads inputs `history`, `best` and `last` (of `train`), `metrics` (of `evaluate`) and, where there is one, `probe`;
 * writes {@link EVENT_FILE}: scalars of every epoch, histograms and images at the start, at the best and at the last
 * epoch. The horizontal axis counts steps of training.
 */
export interface TensorboardSlice {
  /** What `train` was told, shown as text and needed for what the front-end started from. */
  readonly training: TrainingSlice;
}

export function run(io: StageIo): Promise<void> {
  const { training } = io.slice as unknown as TensorboardSlice;
  const json = (name: string) => JSON.parse(Deno.readTextFileSync(io.input(name)));
  const history = json("history") as History;
  const metrics = json("metrics") as JsonObject;
  const best = readTensors(io.input("best"));
  const stepOf = new Map(history.epochs.map(({ epoch, steps }) => [epoch, steps]));
  const bestStep = stepOf.get(history.best_epoch)!;
  const lastStep = history.epochs.at(-1)!.steps;
  const figures = figuresOf(metrics);
  const summaries: Summary[] = [
    { tag: "configuration", step: 0, kind: "text", text: markdownTable(leaves(training as unknown as Json)) },
    ...curves(history),
    ...leaves(figures).flatMap(([name, value]): Summary[] =>
      typeof value === "number"
        ? [{ tag: `test/${name.replaceAll(".", "/")}`, step: bestStep, kind: "scalar", value }]
        : []
    ),
    ...histograms(initialBases(training.frontend, best), 0),
    ...histograms(best, bestStep),
    ...(lastStep === bestStep ? [] : histograms(readTensors(io.input("last")), lastStep)),
    ...basisImages(training.frontend, best, bestStep),
    ...confusionImage(metrics["classes"], figures, bestStep),
    ...(io.inputs["probe"] === undefined
      ? []
      : spectrogramImages(training.frontend, readTensors(io.input("probe")), bestStep)),
  ];
  Deno.writeFileSync(io.output(EVENT_FILE), encodeEvents(summaries));
  return Promise.resolve();
}

/** One point an epoch; a tag before the slash is a chart that its tags share. */
function curves({ epochs }: History): Summary[] {
  return epochs.flatMap(
    ({ steps, lr, loss, accuracy, validation_loss, validation_accuracy, epoch }): Summary[] => {
      const points: [string, number][] = [
        ["loss/training", loss],
        ["loss/validation", validation_loss],
        ["accuracy/training", accuracy],
        ["accuracy/validation", validation_accuracy],
        ...Object.entries(lr).map(([group, rate]): [string, number] => [`learning_rate/${group}`, rate]),
        ["epoch", epoch],
      ];
      return points.map(([tag, value]) => ({ tag, step: steps, kind: "scalar", value }));
    },
  );
}

/** Figures of the best checkpoint on the test split. */
function figuresOf(metrics: JsonObject): JsonObject {
  const checkpoints = metrics["checkpoints"] as Readonly<Record<string, JsonObject>>;
  return checkpoints["best"]!["figures"] as JsonObject;
}

function histograms({ tensors }: Pick<TensorFile, "tensors">, step: number): Summary[] {
  return [...tensors].flatMap(([name, { data }]): Summary[] =>
    data instanceof Float32Array && data.length > 1
      ? [{ tag: `tensors/${name}`, step, kind: "histogram", values: data }]
      : []
  );
}

/** Dotted names and values; lists, too long to be read, are left out. */
function leaves(json: Json, prefix = ""): [string, Json][] {
  if (Array.isArray(json)) return [];
  if (json === null || typeof json !== "object") return [[prefix, json]];
  return Object.entries(json).flatMap(([key, value]) =>
    leaves(value, prefix === "" ? key : `${prefix}.${key}`)
  );
}

function markdownTable(rows: readonly (readonly [string, Json])[]): string {
  const cells = rows.map(([name, value]) => `| ${name} | ${JSON.stringify(value)} |`);
  return ["| key | value |", "|---|---|", ...cells].join("\n");
}

if (import.meta.main) await serveStage(run);
