/** Scores frame by frame are those of windows, where a window has nothing beyond its ends. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openNetworkStream } from "../../../lib/incremental/open_io.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";
import { frameScorer } from "../../../lib/stream/frame_scorer.ts";
import { matched } from "../../../lib/stream/match.ts";
import { heardIn } from "../../../lib/stream/rule.ts";
import type { StreamScorer } from "../../../lib/stream/scorer.ts";
import { scoreStream } from "../../../lib/stream/scores_io.ts";
import { windowScorer } from "../../../lib/stream/window_scorer.ts";
import { openForTest } from "../../support/backends.ts";
import { nnAudio } from "../frontends/papers.ts";
import { BC_RESNET, CLASSES, randomNetwork, soundOf } from "../incremental/streams.ts";

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

Deno.test("a decision is made when all that it heard has come, and latency counts from there", async () => {
  await openForTest("wasm");
  const [frontend, model] = [await nnAudio("B"), { ...BC_RESNET, edition: "kim", padding: "causal" }];
  const { state } = await randomNetwork(frontend, model, SAMPLES);
  const classes = ["stop", ...Array.from({ length: CLASSES - 1 }, (_, i) => `word${i}`)];
  const spec = { frontend, model, classes: CLASSES, clipSamples: SAMPLES, hopSeconds: HOP / 16000 };
  const stream = await openNetworkStream(spec, state);
  using frames = frameScorer({ classes, clipSamples: SAMPLES }, stream);
  const sound = soundOf(2 * SAMPLES);
  const scored = await scoreStream(frames, { seconds: 1, blocks: () => blocksOf(sound, 700) });
  // The last frame is centred at the window's end and sees 240 samples more.
  const delay = 240 / 16000;
  assertEquals(frames.contextSamples, SAMPLES + 240);
  assertAlmostEquals(scored.firstSeconds, SAMPLES / 16000 + delay, 1e-9);
  const sure = scored.posteriors.map((_, i) => Number(i % CLASSES === 0));
  const heard = heardIn(scored, sure, { threshold: 0.5, patience: 1, refractorySeconds: 9 });
  const word = { word: "stop", start: 0.1, end: 0.5 };
  const { hits: [hit] } = matched([word], heard, 1);
  assertAlmostEquals(hit!.latencySeconds, delay, 1e-9);
  disposeState(state);
});

async function* blocksOf(sound: Float32Array, length: number): AsyncGenerator<Float32Array> {
  for (let at = 0; at < sound.length; at += length) {
    await Promise.resolve();
    yield sound.subarray(at, at + length);
  }
}
