/** `report`: as the runs it shows, with images; prints where they are in the place of a table. */
import { merge, message } from "@optique/core";
import { begin } from "./shared/begin_io.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, axes, execution, location, overrides, page, task } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { requestOf } from "./shared/request.ts";

export const command = defineCommand({
  brief: message`Show all runs in one page that is read offline.`,
  description:
    message`Brings the report up to date, with what it is made from, and draws its figures as PNG too. Without a sweep's flags it is that of ${"deno task kws"}, or with ${"--task asr"} of ${"deno task asr"}.`,
  examples: [
    ["report", "of deno task kws; opens from disk, needs no network"],
    ["report --task asr", "of deno task asr"],
    ["report --audio none", "with nothing to listen to"],
    ["report --n-mels 10,20,30,40 --setting A,D", "of a sweep"],
  ],
  parser: merge(task, axes, amount, page, execution, location, overrides),
  complete: overrideWords,
  run: (flags) => begin({ ...requestOf(flags), ...flags, images: true }),
});
