/** Makes the synthetic sentences: a folder in the layout of TIMIT. */
import { Worker } from "node:worker_threads";
import type { Maker } from "../contract.ts";
import { doPieces } from "../pieces_io.ts";
import { parseSettings } from "../settings.ts";
import { openSentencesWork } from "./making_io.ts";
import { planSpokenSentences } from "./plan.ts";
import { corpusTexts } from "./render.ts";
import { spokenSentencesSchema } from "./schema.ts";

/** How many sentences are made between two reports of progress. */
const SENTENCES_PER_REPORT = 10;

export const maker: Maker = async (given, folder, report, threads) => {
  const settings = parseSettings(spokenSentencesSchema, given, "Cannot synthesize the corpus");
  const plan = planSpokenSentences(settings);
  const total = plan.sentences.length;
  report.progress({ done: 0, total, unit: "sentences" });
  await doPieces({
    count: total,
    threads,
    work: { settings, folder },
    open: openSentencesWork,
    start: (workerData) => new Worker(new URL("./making_worker_io.ts", import.meta.url), { workerData }),
    onDone(done) {
      if (done % SENTENCES_PER_REPORT === 0 || done === total) {
        report.progress({ done, total, unit: "sentences" });
      }
    },
  });
  for (const [name, text] of Object.entries(corpusTexts(plan))) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
};
