/**
 * What a trained network costs that decides ten times a second, window by window and frame by frame, and how long its
 * frames wait for what comes after them: `deno run --allow-all test/bench/listen_checkpoint_io.ts FILE.safetensors ...`.
 * Products are for a second of sound, milliseconds the best of some seconds, of one thread.
 */
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { openNetworkStream } from "../../lib/incremental/open_io.ts";
import type { NetworkStream } from "../../lib/incremental/stream.ts";
import { openClipNetwork } from "../../lib/live/clip_network.ts";
import { decisionHop } from "../../lib/stream/window_scorer.ts";
import { textTable } from "../../pipeline/report/text/table.ts";
import { syntheticWaves } from "./inputs.ts";

const [DECISIONS, RUNS] = [10, 20];

async function rowOf(path: string): Promise<string[]> {
  using open = await openClipNetwork(readTensors(path), path);
  const { checkpoint: { frontend, model }, network, state, classes, sampleRate, clipSamples } = open;
  const hop = decisionHop(network.framing.hopSamples, sampleRate, DECISIONS);
  const hopSeconds = hop / sampleRate;
  const stream = await openNetworkStream({
    frontend,
    model,
    classes: classes.length,
    clipSamples,
    hopSeconds,
  }, state);
  const sound = syntheticWaves(1, RUNS * sampleRate);
  const window = tf.tensor2d(sound.subarray(0, clipSamples), [1, clipSamples]);
  const byWindow = await best(async () => {
    const logits = tf.tidy(() => network.forward(state, window, { training: false }, 0));
    await logits.data();
    logits.dispose();
  });
  const ofWindow = productsOf(stream, sound.subarray(0, clipSamples));
  const ofStream = productsOf(stream, sound.subarray(0, 5 * sampleRate)) -
    productsOf(stream, sound.subarray(0, sampleRate));
  stream.reset();
  const byStream = await best((run) =>
    void stream.push(sound.subarray(run * sampleRate, (run + 1) * sampleRate))
  );
  window.dispose();
  return [
    path.split("/").at(-1)!,
    stream.delaySeconds.toFixed(2),
    (ofWindow / hopSeconds / 1e6).toFixed(1),
    (ofStream / 4 / 1e6).toFixed(1),
    (byWindow / hopSeconds).toFixed(1),
    byStream.toFixed(1),
  ];
}

function productsOf(stream: NetworkStream, sound: Float32Array): number {
  stream.reset();
  const before = stream.multiplications;
  stream.push(sound);
  return stream.multiplications - before;
}

/** In milliseconds. */
async function best(work: (run: number) => void | Promise<void>): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await work(run);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

await openBackend("wasm", { threads: 1 });
const rows: string[][] = [];
for (const path of Deno.args) rows.push(await rowOf(path));
console.log(textTable(
  [
    { title: "checkpoint" },
    ...["waits s", "10^6 products, windows", "frames", "ms, windows", "frames"].map((title) => ({
      title,
      align: "right" as const,
    })),
  ],
  rows,
));
