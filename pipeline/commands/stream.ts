/** `stream`: a trained spotter over long audio, through the same stages and the same store as trainings. */
import {
  argument,
  float,
  type InferValue,
  merge,
  message,
  object,
  option,
  optional,
  string,
} from "@optique/core";
import { resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { clipCheckpoint } from "../../lib/records/clip_checkpoint.ts";
import { parseStream } from "../../lib/records/stream.ts";
import { LABEL_ENDINGS } from "../../lib/stream/labels.ts";
import { checkStream, sharedRecordings } from "../../lib/stream/source_io.ts";
import { plainNames } from "../../lib/formats/plain_names.ts";
import { planCheckpoint } from "../graph/checkpoint.ts";
import { checkpointConfig } from "../graph/checkpoint_config.ts";
import { exists } from "../engine/store/atomic_io.ts";
import { streamGraph } from "../graph/stream.ts";
import { shownStream } from "../report/text/stream.ts";
import { print, tell } from "../reporters/print_io.ts";
import { defineCommand } from "./shared/command.ts";
import { configText } from "./shared/config_text.ts";
import { dataPathsOf } from "./shared/data_paths_io.ts";
import { executeGraph, resultOf } from "./shared/execute_io.ts";
import { execution, location, overrides } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { openProject } from "./shared/project_io.ts";
import { executorOf, expandRequest, graphOptions } from "./shared/request_io.ts";
import { linkResults, placeOf, resultsFolder } from "./shared/result_links_io.ts";
import { listenerOf } from "./shared/listener_io.ts";

const what = object({
  run: optional(argument(oneOf("RUN", storedRuns), {
    description: message`A run's name or id, or a part of the name that means exactly one.`,
  })),
  checkpoint: optional(option("--checkpoint", string({ metavar: "FILE" }), {
    description: message`A safetensors file of a training on words, in the place of a run.`,
  })),
  minutes: optional(option("--minutes", float({ min: 0, metavar: "N" }), {
    description: message`Length of each stream of voices (stream.minutes; default: 20).`,
  })),
  audio: optional(option("--audio", string({ metavar: "PATH" }), {
    description:
      message`A wav file, or a folder of them in the order of their names, to test on (stream.root; default: a stream of voices).`,
  })),
  labels: optional(option("--labels", string({ metavar: "FILE" }), {
    description:
      message`Of a wav file: lines of start, end, word (stream.labels; default: the csv, tsv or txt file beside it).`,
  })),
  development: optional(option("--development", string({ metavar: "PATH" }), {
    description:
      message`Labelled recordings to choose the threshold on (stream.development_root; default: a stream of other voices).`,
  })),
});

const parser = merge(what, execution, location, overrides);

export const command = defineCommand({
  brief: message`Listen to long audio: misses, false alarms an hour, latency.`,
  description:
    message`Speech of voices that training did not hear, with keywords at known times in noise, or recordings. Threshold, patience and smoothing are chosen on one stream and tested on another; export and demo use them from then on.`,
  examples: [
    ["stream bc_resnet_kim", "20 minutes to choose the threshold on, 20 of other voices to test it"],
    ["stream bc_resnet_kim --minutes 360", "hours, for rates below one an hour"],
    ["stream bc_resnet_kim --audio evening.wav --labels evening.csv", "a recording"],
    ["stream --checkpoint last.safetensors stream.snr_db=0", "any checkpoint, in more noise"],
  ],
  parser,
  complete: overrideWords,
  run: listen,
});

/** With `--json` standard output is one line: the figures. */
async function listen(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  // Where a file is given, the first word may be a value of the configuration; names of runs have a hyphen before any "=".
  const isValue = /^[\w.]+=/.test(flags.run ?? "");
  const { path, name } = await listenerOf(project, isValue ? { ...flags, run: undefined } : flags);
  const file = readTensors(path);
  const said = parseCheckpoint(file.metadata, path);
  const { classes, task, ...clip } = clipCheckpoint(file, path);
  const values = isValue ? [flags.run!, ...flags.overrides] : flags.overrides;
  const typed = [...streamOverrides(flags, project.here), ...values];
  const chosen = typed.some((text) => text.startsWith("stream=")) ? [] : ["stream=voices"];
  const { sweep, data, ...config } = await checkpointConfig(
    project.conf,
    { called: name, said, paths: dataPathsOf(project, flags.store, said) },
    typed,
    (overrides) => expandRequest(project, { kind: "sweep", task, overrides: [...chosen, ...overrides] }),
    "asked",
  );
  if (flags.printConfig) {
    print(...configText(sweep, flags.json));
    return 0;
  }
  const { network } = await planCheckpoint(config, { path, said, tensors: plainNames(file.tensors, path) });
  const { stream, dataset } = network.config;
  if (stream === undefined) {
    throw new UserError(
      "bad-file",
      `Cannot listen with ${path}: it says that it was trained for ${task}, whose networks hear no words in a stream. Take a ` +
        `checkpoint of a training on words.`,
    );
  }
  const { root, labels, development_root, development_labels } = stream;
  for (const [path, own] of [[root, labels], [development_root, development_labels]] as const) {
    if (path !== null) await checkStream(path, clip, own);
  }
  const [both] = root === null || development_root === null ? [] : sharedRecordings(root, development_root);
  if (both !== undefined) {
    tell(
      `warning: The threshold is chosen on a recording that it is tested on as well, ${both}, so all figures flatter: give ` +
        "--development other recordings than --audio.",
    );
  }
  if (data.from === "nobody") tell(data.line);
  const executor = await executorOf(project, flags);
  const built = streamGraph(
    {
      name,
      checkpoint: { kind: "external", path },
      planned: network,
      words: classes.filter((name) => !name.startsWith("_")),
      heard: network.kinds.dataset.streams?.(dataset).heard ?? [],
    },
    stream,
    await graphOptions(project, sweep, executor.gpus),
  );
  const done = await executeGraph(project, built.graph, executor, flags, { jsonEvents: false });
  if (done === undefined) return 0;
  if (!done.complete) return 1;
  const { store, summary } = done;
  const receipt = (await resultOf(done, built.task))!;
  const text = await store.readText(receipt.outputs["stream.json"]!, "stream.json");
  const folder = linkResults(resultsFolder(project, flags.store, store, `stream-${name}`), store, [
    { receipt, under: "" },
  ]);
  if (flags.json) {
    print(JSON.stringify({ run: name, ...JSON.parse(text) }));
    return 0;
  }
  const record = parseStream(text, built.task);
  print("", ...shownStream(name, record).flatMap((lines) => lines.split("\n")), "");
  print(`Curve: ${await placeOf(folder, store, receipt, "det.svg")}${folder === undefined ? "" : " (.csv)"}`);
  print(`Detections: ${await placeOf(folder, store, receipt, "detections.csv")}`);
  const { missed, words } = record.operatingPoint.chosenOn;
  print(
    missed < words
      ? `Checkpoint with its operating point: ${await placeOf(
        folder,
        store,
        receipt,
        "checkpoint.safetensors",
      )}`
      : "The checkpoint has no operating point, as none was found at which the network hears a word.",
  );
  if (summary.ran === 0) tell("Everything was fresh; no stage ran.");
  return 0;
}

/** Flags as values of the configuration. @throws {UserError} `usage`. */
function streamOverrides(
  { minutes, audio, labels, development }: Partial<InferValue<typeof what>>,
  here: string,
): string[] {
  for (const [flag, text] of Object.entries({ audio, labels, development })) {
    if (text?.trim() !== "") continue; // or it would be the folder that the command is typed in
    throw new UserError(
      "usage",
      `Cannot listen with --${flag} ${
        JSON.stringify(text)
      }: it is empty, wanted a path. Give one, or leave --${flag} out.`,
    );
  }
  if (labels !== undefined && (audio === undefined || isFolder(resolve(here, audio)))) {
    throw new UserError(
      "usage",
      `Cannot use --labels ${labels}: they are of one recording, wanted --audio FILE beside it. Those of a folder's ` +
        "files stand beside each, under its name.",
    );
  }
  if (minutes === 0 && audio === undefined) {
    throw new UserError("usage", "Cannot listen for 0 minutes: wanted --minutes above 0, or --audio.");
  }
  const path = (text: string | undefined) =>
    text === undefined ? undefined : `'${resolve(here, text).replace(/['\\]/g, "\\$&")}'`;
  const beside = (text: string | undefined) =>
    text === undefined ? undefined : labelsBeside(resolve(here, text));
  const values = {
    minutes,
    root: path(audio),
    labels: path(labels ?? beside(audio)),
    development_root: path(development),
    development_labels: path(beside(development)),
  };
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`stream.${key}=${value}`]
  );
}

function isFolder(path: string): boolean {
  return exists(path) && Deno.statSync(path).isDirectory;
}

/** Of a file; those of a folder's files are found when they are read. */
function labelsBeside(path: string): string | undefined {
  if (!exists(path) || isFolder(path)) return undefined;
  const stem = path.replace(/\.\w+$/, "");
  return LABEL_ENDINGS.map((ending) => `${stem}.${ending}`).find(exists);
}
