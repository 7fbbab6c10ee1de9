/** Makes the synthetic words: a folder in the layout of Speech Commands. */
import { Worker } from "node:worker_threads";
import type { Maker } from "../contract.ts";
import { openEngines } from "../../speech/engines_io.ts";
import { doPieces } from "../pieces_io.ts";
import { parseSettings } from "../settings.ts";
import { BACKGROUND_NOISE } from "../words_layout/vocabulary.ts";
import { openSpokenWork, spokenWork } from "./making_io.ts";
import { NOISES, planSpokenMini } from "./plan.ts";
import { spokenMiniSchema, type SpokenMiniSettings } from "./schema.ts";
import { spokenTexts } from "./texts.ts";

/** How many clips are made between two reports of progress. */
const CLIPS_PER_REPORT = 20;

export const maker: Maker = async (settings, folder, report, threads) => {
  const parsed = parseSettings(spokenMiniSchema, settings, "Cannot synthesize the data set");
  const negatives = await negativesOf(parsed);
  const plan = planSpokenMini({ ...parsed, negatives });
  const total = plan.clips.length;
  report.progress({ done: 0, total, unit: "clips" });
  for (const word of new Set([BACKGROUND_NOISE, ...plan.clips.map((clip) => clip.word)])) {
    Deno.mkdirSync(`${folder}/${word}`, { recursive: true });
  }
  await doPieces({
    count: NOISES.length + total,
    threads,
    work: spokenWork(parsed, negatives, folder),
    open: openSpokenWork,
    start: (workerData) => new Worker(new URL("./making_worker_io.ts", import.meta.url), { workerData }),
    onDone(pieces) {
      const done = Math.max(0, pieces - NOISES.length);
      if (done % CLIPS_PER_REPORT === 0 || done === total) report.progress({ done, total, unit: "clips" });
    },
  });
  for (const [name, text] of Object.entries(spokenTexts(plan))) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
  if (negatives.length > 0) {
    report.note(
      "info",
      `${negatives.length} phrases are said that are none of the words: ${negatives.join(", ")}`,
    );
  }
};

async function negativesOf({ words, similar, negativeClips }: SpokenMiniSettings): Promise<string[]> {
  if (words === null || negativeClips === 0) return [];
  const { loadLexicon, negativePhrases } = await import("./negatives.ts");
  const engines = await openEngines(["espeak"]);
  return negativePhrases(words, similar, await loadLexicon(), engines.get("espeak")!);
}
