/** Makes a stream of speech: a folder of recordings that follow on each other, each with its labels beside it. */
import { encodeWav16 } from "../../audio/wav.ts";
import type { Report } from "../../data/contract.ts";
import { openEngines } from "../../speech/engines_io.ts";
import { labelsText } from "../labels.ts";
import { renderStream, SEGMENT_SECONDS } from "./render.ts";
import { drawSpeakers } from "./speakers.ts";
import type { VoicesSettings } from "./settings.ts";

/** @param folder Is made. @throws {UserError} `bad-config` */
export async function makeStream(
  settings: VoicesSettings,
  folder: string,
  report: Pick<Report, "progress">,
): Promise<void> {
  const total = Math.ceil(settings.minutes * 60 / SEGMENT_SECONDS);
  report.progress({ done: 0, total, unit: "minutes" });
  const engines = await openEngines([...new Set(drawSpeakers(settings).map(({ engine }) => engine))]);
  Deno.mkdirSync(folder, { recursive: true });
  let done = 0;
  for (const { samples, words } of renderStream(settings, engines)) {
    const path = `${folder}/${String(done).padStart(5, "0")}`;
    Deno.writeFileSync(`${path}.wav`, encodeWav16(samples, settings.sampleRate));
    Deno.writeTextFileSync(`${path}.csv`, labelsText(words));
    report.progress({ done: ++done, total, unit: "minutes" });
  }
}
