/** Scores frame by frame are those of windows, where a window has nothing beyond its ends. */
import { assert, assertEquals } from "@std/assert";
import { openNetworkStream } from "../../../lib/incremental/open_io.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";
import { frameScorer } from "../../../lib/stream/frame_scorer.ts";
import type { StreamScorer } from "../../../lib/stream/scorer.ts";
import { scoreStream } from "../../../lib/stream/scores_io.ts";
import { windowScorer } from "../../../lib/stream/window_scorer.ts";
import { openForTest } from "../../support/backends.ts";
import { nnAudio } from "../frontends/papers.ts";
import { CLASSES, randomNetwork, soundOf } from "../incremental/streams.ts";

const SAMPLES = 8000;
const HOP = 1600;

Deno.test("a stream is scored alike by frames and in windows, to its end, again and again", async () => {
  await openForTest("wasm");
  const [frontend, model] = [await nnAudio("B", { center: false }), { kind: "linear" }];
  const { network, state } = await randomNetwork(frontend, model, SAMPLES);
  const classes = Array.from({ length: CLASSES }, (_, i) => `word${i}`);
  const listening = { classes, sampleRate: 16000, clipSamples: SAMPLES };
  const all = new Map([...frozenState(network), ...state]);
  const spec = { frontend, model, classes: CLASSES, clipSamples: SAMPLES, hopSeconds: HOP / 16000 };
  using windows = windowScorer({ ...listening, network, state: all }, HOP);
  using frames = frameScorer(listening, await openNetworkStream(spec, state));
  const sound = soundOf(3 * SAMPLES + 1234);
  const scored = (scorer: StreamScorer, block: number) =>
    scoreStream(scorer, { seconds: sound.length / 16000, blocks: () => blocksOf(sound, block) });
  const wanted = await scored(windows, 5000);
  for (const block of [700, 16000]) {
    const { posteriors, ...head } = await scored(frames, block);
    const { posteriors: those, ...sameHead } = wanted;
    assertEquals(head, sameHead);
    assertEquals(posteriors.length, those.length);
    const far = Math.max(...posteriors.map((p, i) => Math.abs(p - those[i]!)));
    assert(far < 1e-5, `${far}`);
  }
  disposeState(all);
});

async function* blocksOf(sound: Float32Array, length: number): AsyncGenerator<Float32Array> {
  for (let at = 0; at < sound.length; at += length) {
    await Promise.resolve();
    yield sound.subarray(at, at + length);
  }
}
