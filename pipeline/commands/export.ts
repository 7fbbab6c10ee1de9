/** `export`: a run's checkpoint out of the store, as it is or as a model that other programs run. */
import {
  argument,
  type InferValue,
  integer,
  merge,
  message,
  object,
  option,
  optional,
  string,
  withDefault,
} from "@optique/core";
import { dirname, extname, resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import { exists, removeTree, temporaryName } from "../engine/store/atomic_io.ts";
import { moveNew, rename, setMode, syncFile } from "../engine/store/file_system_io.ts";
import { oneOfThese } from "./shared/one_of_these.ts";
import { defineCommand } from "./shared/command.ts";
import { exportSource } from "./shared/exported_io.ts";
import { makeOnnx } from "./shared/export_onnx_io.ts";
import { execution, location, overrides } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { print } from "../reporters/print_io.ts";

const what = object({
  run: argument(oneOf("RUN", storedRuns), {
    description:
      message`A run's name or id, or a pattern with * or a part of the name that means exactly one; or a checkpoint's file, which ends in .safetensors.`,
  }),
  to: option("--to", string({ metavar: "FILE" }), {
    description:
      message`Where it goes; the ending says as what: .safetensors, a copy of the checkpoint, or .onnx, a model from waveform to probabilities.`,
  }),
  checkpoint: withDefault(
    option("--checkpoint", oneOfThese(["best", "last"]), {
      description:
        message`The best state (of the lowest validation loss, unless trainer.select was another), or the last one.`,
    }),
    "best" as const,
  ),
  dtype: optional(option("--dtype", oneOfThese(["float32", "float16"]), {
    description:
      message`Of a model of ONNX: what it computes in behind its front-end, which needs float32 (default: float32).`,
  })),
  quantise: optional(option("--quantise", oneOfThese(["int8"]), {
    description:
      message`Of a model of ONNX: convolutions and products behind the front-end in integers of eight bits, with ranges from training clips.`,
  })),
  streaming: option("--streaming", {
    description:
      message`Of a model of ONNX: block by block, each new frame computed once, with what it remembers as an input and an output.`,
  }),
  frames: optional(option("--frames", integer({ metavar: "N", min: 1 }), {
    description:
      message`Frames of a block (default: those of a decision's hop, 0.1 s unless a stream has tuned it).`,
  })),
  overwrite: option("--overwrite", { description: message`Replace FILE if it is there.` }),
});

const parser = merge(what, execution, location, overrides);

export const command = defineCommand({
  brief: message`Copy a run's checkpoint out of the store, or make a model of ONNX of it.`,
  examples: [
    [
      "export linear-nnaudio-D-mel40-seed0 --to best.safetensors",
      "its best state",
    ],
    ["export '*-D-*' --checkpoint last --to last.safetensors", "a pattern that means one run"],
    [
      "export linear-nnaudio-D-mel40-seed0 --to model.onnx",
      "for onnxruntime and others, the front-end inside",
    ],
    ["export linear-nnaudio-D-mel40-seed0 --to small.onnx --quantise int8", "its model in eight bits"],
    ["export linear-nnaudio-D-mel40-seed0 --to ears.onnx --streaming", "for a microphone, block by block"],
  ],
  parser,
  run: exportCheckpoint,
});

/** Endings of what can be written. */
const FORMATS = [".safetensors", ".onnx"] as const;
type Format = typeof FORMATS[number];

async function exportCheckpoint(flags: InferValue<typeof parser>): Promise<number> {
  const format = formatOf(flags.to);
  const project = openProject();
  const openStore = () => openProjectStore(project, flags.store, "read");
  const { checkpoint: state, ...source } = await exportSource(
    project,
    openStore,
    flags.run,
    flags.checkpoint,
  );
  const { run, path, what } = source;
  const to = resolve(project.here, flags.to);
  const tell = (sha256: string, about: object) =>
    print(
      flags.json ? JSON.stringify({ run, checkpoint: state, file: to, sha256, ...about }) : `${to}: ${what}`,
    );
  if (flags.printConfig) {
    throw new UserError(
      "usage",
      "Cannot print a configuration: export takes the run's own, which deno task runs --json has. Leave --print-config out.",
    );
  }
  if (format === ".safetensors") {
    refuseOptions(flags);
    if (flags.dryRun) {
      print(`${to} would be written: ${what}`);
      return 0;
    }
    copyAtomically(path, to, flags.overwrite);
    tell(source.sha256, {});
    return 0;
  }
  if (flags.quantise !== undefined && flags.dtype === "float16") {
    throw new UserError(
      "usage",
      "Cannot export with --quantise int8 and --dtype float16: what is not quantised stays in float32. Choose one.",
    );
  }
  if (flags.frames !== undefined && !flags.streaming) {
    throw new UserError(
      "usage",
      `Cannot export with --frames ${flags.frames}: frames of a block are of a model that listens. Add --streaming.`,
    );
  }
  if (!flags.overwrite && !flags.dryRun) refuseIfThere(to);
  const request = {
    ...{ run, id: source.id, checkpoint: state, path, sha256: source.sha256 },
    dtype: flags.dtype ?? "float32",
    quantise: flags.quantise ?? null,
    streaming: flags.streaming ? { frames: flags.frames ?? null } : null,
  };
  const made = await makeOnnx(project, request, flags);
  if (made === null) return 0;
  if (made === undefined) return 1;
  copyAtomically(made.path, to, flags.overwrite);
  tell(made.sha256, { about: made.about });
  return 0;
}

/** What would have no effect. @throws {UserError} `usage`. */
function refuseOptions(
  { to, dtype, quantise, streaming, frames, overrides }: InferValue<typeof parser>,
): void {
  const flags = Object.entries({ dtype, quantise, frames }).filter(([, value]) => value !== undefined);
  const [typed] = [
    ...flags.map((words) => `--${words.join(" ")}`),
    ...(streaming ? ["--streaming"] : []),
    ...overrides,
  ];
  if (typed === undefined) return;
  throw new UserError(
    "usage",
    `Cannot export to ${to} with ${typed}: a checkpoint is copied as it is. Leave it out, or give a name that ends in .onnx.`,
  );
}

/** @throws {UserError} `usage` for a name that says no format that there is. */
function formatOf(to: string): Format {
  const ending = extname(to);
  const format = FORMATS.find((own) => own === ending.toLowerCase());
  if (format !== undefined) return format;
  throw new UserError(
    "usage",
    `Cannot export to ${to}: found ${
      ending === "" ? "no ending" : `the ending ${ending}`
    }, wanted one that says the ` +
      `format; checkpoints are written as ${FORMATS.join(", ")}.`,
  );
}

/** Before anything is computed for nothing. */
function refuseIfThere(to: string): void {
  if (exists(to)) throw alreadyThere(to);
}

function alreadyThere(to: string, cause?: unknown): UserError {
  return new UserError(
    "usage",
    `Cannot export to ${to}: there is such a file. Give another name, or --overwrite.`,
    { cause },
  );
}

/** @throws {UserError} If there cannot be such a folder. */
function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.AlreadyExists)) {
      throw explainSystemError(error, `write into ${path}`);
    }
    throw new UserError("usage", `Cannot export into ${path}: a part of it is a file, wanted a folder.`, {
      cause: error,
    });
  }
}

/** Under another name first; a hard link gives the name only if nobody has it. */
export function copyAtomically(from: string, to: string, overwrite: boolean): void {
  if (exists(to) && Deno.statSync(to).isDirectory) {
    throw new UserError("usage", `Cannot export to ${to}: it is a folder. Give the name of a file.`);
  }
  makeFolder(dirname(to));
  const temporary = temporaryName(to);
  try {
    Deno.copyFileSync(from, temporary);
    setMode(temporary, 0o644); // the store's own files are read-only
    syncFile(temporary);
    (overwrite ? rename : moveNew)(temporary, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw alreadyThere(to, error);
    }
    throw explainSystemError(error, `write ${to}`);
  } finally {
    removeTree(temporary);
  }
}
