/** Stage `stream_waves`: a short stream in one file, for trainings whose states listen to it. */
import { z } from "zod";
import { openStream } from "../../lib/stream/source_io.ts";
import { writeWaves } from "../../lib/stream/waves_io.ts";
import { defineStage } from "../engine/stage.ts";

/** Reads input `audio` (a folder); writes `stream.safetensors`. */
const slice = z.strictObject({
  /** Of the networks that are to listen, in Hz. */
  sample_rate: z.int().positive(),
});

export const stage = defineStage({
  slice,
  /** @throws {UserError} `bad-dataset`, `bad-audio`. */
  async run(io, { sampleRate }) {
    const { seconds, words, blocks } = await openStream(io.input("audio"), sampleRate);
    const samples = new Float32Array(Math.round(seconds * sampleRate));
    let at = 0;
    for await (const block of blocks()) {
      samples.set(block, at);
      at += block.length;
    }
    writeWaves(io.output("stream.safetensors"), samples, words() ?? []);
  },
});

if (import.meta.main) await stage.serve();
