/** `export`: copies a run's checkpoint out of the store. */
import {
  argument,
  type InferValue,
  merge,
  message,
  object,
  option,
  string,
  withDefault,
} from "@optique/core";
import { dirname, extname, resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import { removeTree, temporaryName } from "../engine/store/atomic_io.ts";
import { moveNew, rename, setMode, syncFile } from "../engine/store/file_system_io.ts";
import { oneOfThese } from "./shared/one_of_these.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { trainingOf } from "./shared/training_io.ts";
import { print } from "../reporters/print_io.ts";

const what = object({
  run: argument(oneOf("RUN", storedRuns), {
    description:
      message`A run's name or id, or a pattern with * or a part of the name that means exactly one.`,
  }),
  to: option("--to", string({ metavar: "FILE" }), { description: message`Where the copy goes.` }),
  checkpoint: withDefault(
    option("--checkpoint", oneOfThese(["best", "last"]), {
      description: message`The state with the lowest validation loss, or the last one.`,
    }),
    "best" as const,
  ),
  overwrite: option("--overwrite", { description: message`Replace FILE if it is there.` }),
});

const parser = merge(what, location);

export const command = defineCommand({
  brief: message`Copy a run's checkpoint out of the store.`,
  examples: [
    [
      "export linear-nnaudio-D-mel40-seed0 --to best.safetensors",
      "the state with the lowest validation loss",
    ],
    ["export '*-D-*' --checkpoint last --to last.safetensors", "a pattern that means one run"],
  ],
  parser,
  run: exportCheckpoint,
});

/** Endings of what can be written. */
const FORMATS = [".safetensors"];

async function exportCheckpoint(flags: InferValue<typeof parser>): Promise<number> {
  checkFormat(flags.to);
  const project = openProject();
  const store = openProjectStore(project, flags.store, "read");
  const { run, receipt } = await trainingOf(store, flags.run, "export");
  const name = `${flags.checkpoint}.safetensors`;
  const to = resolve(project.here, flags.to);
  const reading = await store.cache.read(receipt.outputs[name]!, name);
  if (reading.kind === "damaged") {
    throw new UserError(
      "store-damaged",
      `Cannot export ${run}: its ${name} is damaged (${reading.problem}) and no longer counts. Run the training again.`,
    );
  }
  copyAtomically(reading.path, to, flags.overwrite);
  print(
    flags.json
      ? JSON.stringify({ run, checkpoint: flags.checkpoint, file: to, sha256: receipt.outputs[name]!.digest })
      : `${to}: the ${flags.checkpoint} state of ${run}`,
  );
  return 0;
}

/** @throws {UserError} `usage` for a name that says another format. */
function checkFormat(to: string): void {
  const ending = extname(to);
  if (FORMATS.includes(ending.toLowerCase())) return;
  throw new UserError(
    "usage",
    `Cannot export to ${to}: found ${
      ending === "" ? "no ending" : `the ending ${ending}`
    }, wanted one that says the ` +
      `format; checkpoints are written as ${FORMATS.join(", ")}.`,
  );
}

/** Under another name first; a hard link gives the name only if nobody has it. */
function copyAtomically(from: string, to: string, overwrite: boolean): void {
  const temporary = temporaryName(to);
  try {
    Deno.mkdirSync(dirname(to), { recursive: true });
    Deno.copyFileSync(from, temporary);
    setMode(temporary, 0o644); // the store's own files are read-only
    syncFile(temporary);
    (overwrite ? rename : moveNew)(temporary, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new UserError(
        "usage",
        `Cannot export to ${to}: there is such a file. Give another name, or --overwrite.`,
        { cause: error },
      );
    }
    throw explainSystemError(error, `write ${to}`);
  } finally {
    removeTree(temporary);
  }
}
