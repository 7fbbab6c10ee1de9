/** `sweep`: every combination of the listed values. */
import { merge, message } from "@optique/core";
import { begin } from "./shared/begin_io.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, axes, execution, location, overrides, page, task } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";

export const command = defineCommand({
  brief: message`Run every combination of the listed values.`,
  description:
    message`The cartesian product of all lists, as in ${"deno task sweep --n-mels 10,20,30,40 --setting A,D"}.`,
  examples: [
    ["sweep --n-mels 10,20,30,40 --setting A,D", "8 runs"],
    ["sweep --model linear,bc_resnet optim.model.lr=0.01,0.1", "any value can vary"],
    ["sweep --n-mels 10,20 --executor slurm --detach", "as jobs of a cluster"],
    ["sweep --quick setting=A,D seed=0,1", "a quick look at 4 runs"],
    ["sweep --config masks", "as written in conf/sweep/masks.yaml"],
    ["sweep --task asr --n-mels 10,40 --setting A,D", "recognisers"],
  ],
  parser: merge(task, axes, amount, page, execution, location, overrides),
  complete: overrideWords,
  run: (flags) => begin({ ...flags, kind: "sweep" }),
});
