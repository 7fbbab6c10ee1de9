/** Makes and writes running speech, a recording at a time. */
import { encodeWav16 } from "../../audio/wav.ts";
import { openEngines } from "../../speech/engines_io.ts";
import type { DoPiece } from "../pieces_io.ts";
import { loadLexicon } from "../spoken_mini/negatives.ts";
import { planRunning } from "./plan.ts";
import { RunningRenderer } from "./render.ts";
import type { RunningSettings } from "./schema.ts";
import { vocabularyWithout } from "./texts.ts";

/** Plain values. */
export interface RunningWork {
  readonly settings: RunningSettings;
  /** Has the folders of all recordings. */
  readonly folder: string;
}

export async function openRunningWork({ settings, folder }: RunningWork): Promise<DoPiece> {
  const recordings = planRunning(settings);
  const vocabulary = vocabularyWithout(settings.without, await loadLexicon());
  const engines = await openEngines(recordings.map(({ voice }) => voice.engine));
  const renderer = new RunningRenderer(settings, vocabulary, engines);
  return (piece) => {
    const recording = recordings[piece]!;
    const samples = renderer.recording(recording);
    Deno.writeFileSync(`${folder}/${recording.path}`, encodeWav16(samples, settings.sampleRate));
  };
}
