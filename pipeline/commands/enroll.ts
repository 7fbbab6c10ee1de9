/** `enroll`: own words, from recordings of them, on the frozen body of a trained network. */
import {
  type InferValue,
  integer,
  merge,
  message,
  multiple,
  object,
  option,
  optional,
  string,
  withDefault,
} from "@optique/core";
import { basename, resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import { plainNames } from "../../lib/formats/plain_names.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { clipCheckpoint } from "../../lib/records/clip_checkpoint.ts";
import { parseEnrolment } from "../../lib/records/enrolment.ts";
import { checkWords, wordName } from "../../lib/enrol/words.ts";
import { planCheckpoint } from "../graph/checkpoint.ts";
import { checkpointConfig } from "../graph/checkpoint_config.ts";
import { enrollGraph } from "../graph/enroll.ts";
import { shownEnrolment } from "../report/text/enrolment.ts";
import { print, tell } from "../reporters/print_io.ts";
import { exists } from "../engine/store/atomic_io.ts";
import { copyAtomically } from "./export.ts";
import { bestRun } from "./shared/best_run_io.ts";
import { defineCommand } from "./shared/command.ts";
import { configText } from "./shared/config_text.ts";
import { dataPathsOf } from "./shared/data_paths_io.ts";
import { executeGraph, resultOf } from "./shared/execute_io.ts";
import { execution, location, OVERRIDE, overrides } from "./shared/flags.ts";
import { listenerOf } from "./shared/listener_io.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { openProject, type Project } from "./shared/project_io.ts";
import { checkRecordings, type NamedRecording, recordingsAt, withoutCopies } from "./shared/recordings_io.ts";
import { executorOf, expandRequest, graphOptions } from "./shared/request_io.ts";

/** Where the model goes unless another file is named. */
const OUTPUT = "own_words.safetensors";

const what = object({
  words: multiple(option("--words", string({ metavar: "WORD=PATH" }), {
    description:
      message`A word, or several with spaces, and its recordings: a .wav, .flac, .mp3 or .ogg file, a folder of them, or a pattern; five to twenty are good, one will do. May be repeated, for a word as well.`,
  })),
  falseAlarm: multiple(option("--false-alarm", string({ metavar: "PATH" }), {
    description:
      message`Recordings, of any length, of what was taken for a word and is none: they are learnt not to be.`,
  })),
  checkpoint: optional(option("--checkpoint", string({ metavar: "FILE" }), {
    description:
      message`The trained network: a safetensors file, or a run's name or id (default: the run of the highest accuracy).`,
  })),
  to: withDefault(
    option("--to", string({ metavar: "FILE" }), {
      description: message`Where the model goes (default: ${OUTPUT}).`,
    }),
    OUTPUT,
  ),
  overwrite: option("--overwrite", { description: message`Replace FILE if it is there.` }),
  seed: withDefault(
    option("--seed", integer({ min: 0, metavar: "N" }), {
      description: message`Of how recordings are varied (default: 0).`,
    }),
    0,
  ),
});

const parser = merge(what, execution, location, overrides);

export const command = defineCommand({
  brief: message`Teach a trained network words of your own from a few recordings.`,
  description:
    message`The body stays as it is, and so do the words that the network knows; its last layer gets a row for each new word. What is no word is learnt from the data set that the network was trained on (${OVERRIDE} names another, and where it is in a folder of yours).`,
  examples: [
    ["enroll --words 'lights on=./clips/*.wav'", "on the best run, to own_words.safetensors"],
    ["enroll --words lamp=lamp/ --words radio=radio/ --to home.safetensors", "two words, a folder each"],
    ["enroll --words lamp=lamp/ --false-alarm wrong.wav --overwrite", "and what was taken for it"],
    ["enroll --checkpoint model.safetensors --words lamp=lamp.wav", "a network from a file, one recording"],
  ],
  parser,
  complete: overrideWords,
  run: enroll,
});

async function enroll(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  const to = resolve(project.here, flags.to);
  if (!to.endsWith(".safetensors")) {
    throw new UserError(
      "usage",
      `Cannot enrol to ${flags.to}: wanted a name that ends in .safetensors. deno task export makes other formats of it.`,
    );
  }
  if (exists(to) && !flags.overwrite && !flags.dryRun) {
    throw new UserError(
      "usage",
      `Cannot enrol to ${flags.to}: there is such a file. Give another name with --to, or --overwrite.`,
    );
  }
  const words = wordsOf(flags.words, project.here);
  const falseAlarms = flags.falseAlarm.flatMap((typed) => recordingsAt(typed, project.here, "--false-alarm"));
  const { path, name } = await bodyOf(project, flags);
  const file = readTensors(path);
  const said = parseCheckpoint(file.metadata, path);
  const checkpoint = clipCheckpoint(file, path);
  const { classes, task } = checkpoint;
  checkWords(words.map(({ word }) => word), classes);
  const { sweep, data, ...config } = await checkpointConfig(
    project.conf,
    { called: name, said, paths: dataPathsOf(project, flags.store, said) },
    flags.overrides,
    (overrides) => expandRequest(project, { kind: "sweep", task, overrides }),
  );
  if (flags.printConfig) {
    print(...configText(sweep, flags.json));
    return 0;
  }
  const { network } = await planCheckpoint(config, { path, said, tensors: plainNames(file.tensors, path) });
  await checkRecordings(words.flatMap(({ takes }) => takes), falseAlarms, checkpoint);
  const learnt = withoutCopies(
    [
      ...words.map(({ word, takes }) => ({ flag: `--words ${word}`, takes })),
      { flag: "--false-alarm", takes: falseAlarms },
    ],
    tell,
  ).map((takes) => takes.map(recorded));
  tell(data.line);
  const executor = await executorOf(project, flags);
  const built = enrollGraph(
    {
      ...{ network, classes, path, name, seed: flags.seed },
      words: words.map(({ word }, i) => ({ word, takes: learnt[i]! })),
      falseAlarms: learnt.at(-1)!,
    },
    await graphOptions(project, sweep, executor.gpus),
  );
  const done = await executeGraph(project, built.graph, executor, flags, { jsonEvents: false });
  if (done === undefined) return 0;
  if (!done.complete) return 1;
  const { outputs } = (await resultOf(done, built.task))!;
  const [model, text] = [outputs["enrolled.safetensors"]!, outputs["enrolment.json"]!];
  copyAtomically(await done.store.soundPath(model, "enrolled.safetensors"), to, flags.overwrite);
  const figures = await done.store.readText(text, "enrolment.json");
  if (flags.json) {
    print(JSON.stringify({ file: to, sha256: model.digest, body: name, ...JSON.parse(figures) }));
    return 0;
  }
  print(...shownEnrolment(parseEnrolment(figures, "enrolment.json")), `${to}: ${name} with its new words`);
  return 0;
}

/** What is typed of words, each once. @throws {UserError} `usage`. */
function wordsOf(typed: readonly string[], here: string) {
  const found = new Map<string, NamedRecording[]>();
  for (const text of typed) {
    const [, name, path] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
    if (name === undefined) {
      throw new UserError(
        "usage",
        `Cannot read --words ${
          JSON.stringify(text)
        }: wanted WORD=PATH, as in --words 'lights on=./clips/*.wav'.`,
      );
    }
    const word = wordName(name);
    found.set(word, [...found.get(word) ?? [], ...recordingsAt(path!, here, `--words ${word}`)]);
  }
  const owners = new Map<string, string>();
  return [...found].map(([word, takes]) => {
    const paths = takes.map(({ path }) => path);
    const twice = takes.find(({ path }, i) => paths.indexOf(path) < i);
    for (const { path, typed } of takes) {
      const other = owners.get(path);
      if (other !== undefined && other !== word) {
        throw new UserError(
          "usage",
          `Cannot enrol ${word}: ${typed} is given for ${other} too, wanted each recording for one word.`,
        );
      }
      owners.set(path, word);
    }
    if (twice !== undefined) {
      throw new UserError(
        "usage",
        `Cannot enrol ${word}: ${twice.typed} is given twice for it, wanted each recording once.`,
      );
    }
    return { word, takes };
  });
}

/** Called by its own name, so that the same recordings are the same work wherever they are. */
function recorded({ path }: NamedRecording) {
  return { path, name: basename(path) };
}

async function bodyOf(project: Project, { checkpoint, store }: InferValue<typeof parser>) {
  const isFile = checkpoint !== undefined &&
    (exists(resolve(project.here, checkpoint)) || /[\\/]|\.safetensors$/.test(checkpoint));
  if (isFile) return await listenerOf(project, { checkpoint, store });
  return await listenerOf(project, {
    run: checkpoint ?? await bestRun(project, store, "enrol"),
    store,
  });
}
