/** `kws`: compares keyword spotters. */
import { merge, message } from "@optique/core";
import { begin } from "./shared/begin_io.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, execution, location, overrides, page } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";

export const command = defineCommand({
  brief: message`Train, evaluate and compare keyword spotters.`,
  description:
    message`Runs the keyword-spotting graph with the defaults in conf/kws.yaml. Only stale stages run.`,
  examples: [
    ["kws", "compare settings A, B, C and D, and train a spotter"],
    ["kws model=bc_resnet setting=A", "one run of another model"],
    ["kws trainer.epochs=40 seed=0,1,2 --dry-run", "what would run, and why"],
  ],
  parser: merge(amount, page, execution, location, overrides),
  complete: overrideWords,
  run: (flags) => begin({ ...flags, kind: "compare", task: "kws" }),
});
