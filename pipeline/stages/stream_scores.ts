/**
 * Stage `stream_scores`: what a network makes of a stream, decision by decision: frame by frame where a listener would,
 * else in windows.
 */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { readKernels } from "../../lib/kernels/wasm/read_kernels_io.ts";
import { openClipNetwork } from "../../lib/live/clip_network.ts";
import { frameStream } from "../../lib/live/frame_stream.ts";
import { backendSchema } from "../../lib/records/specs.ts";
import { frameScorer } from "../../lib/stream/frame_scorer.ts";
import { decisionHop, windowScorer } from "../../lib/stream/window_scorer.ts";
import { scoreStream, writeScores } from "../../lib/stream/scores_io.ts";
import { openStream } from "../../lib/stream/source_io.ts";
import { defineStage } from "../engine/stage.ts";

/** Reads inputs `checkpoint` and `audio` (a file or a folder); writes `scores.safetensors`. */
const slice = z.strictObject({
  decisions_per_second: z.number().positive(),
  backend: backendSchema,
});

export const stage = defineStage({
  slice,
  /** @throws {UserError} `bad-file`, `bad-dataset`, `bad-audio`. */
  async run(io, { decisionsPerSecond, backend }) {
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const path = io.input("checkpoint");
    using open = await openClipNetwork(readTensors(path), path);
    const { network: { framing }, sampleRate } = open;
    const source = await openStream(io.input("audio"), sampleRate);
    const hopSamples = decisionHop(framing.hopSamples, sampleRate, decisionsPerSecond);
    const framewise = await frameStream(open, hopSamples / sampleRate, await readKernels(false));
    using scorer = "reason" in framewise ? windowScorer(open, hopSamples) : frameScorer(open, framewise);
    const total = Math.ceil(source.seconds);
    writeScores(
      io.output("scores.safetensors"),
      await scoreStream(scorer, source, (seconds) => {
        io.progress({ done: Math.min(total, Math.round(seconds)), total, unit: "seconds" });
      }),
    );
  },
});

if (import.meta.main) await stage.serve();
