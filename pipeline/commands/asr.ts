/** `asr`: compares phoneme recognisers. */
import { merge, message } from "@optique/core";
import { begin } from "./shared/begin_io.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, execution, location, overrides, page } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";

export const command = defineCommand({
  brief: message`Train, evaluate and compare phoneme recognisers.`,
  description:
    message`Runs the phoneme-recognition graph with the defaults in conf/asr.yaml. Only stale stages run.`,
  examples: [
    ["asr", "compare settings A, B, C and D on synthetic sentences"],
    [
      "asr dataset=timit root=/data/timit dataset.include_sa=true trainer=paper_asr",
      "TIMIT, trained as in the paper",
    ],
    ["asr setting=A decoder=beam decoder.width=20", "one run, prefix beam search"],
  ],
  parser: merge(amount, page, execution, location, overrides),
  complete: overrideWords,
  run: (flags) => begin({ ...flags, kind: "compare", task: "asr" }),
});
