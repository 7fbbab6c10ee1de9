/** What planning says of a chain without computing anything. */
import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { type FrontendSpec, SETTINGS, type StepSpec } from "../../../lib/frontends/contract.ts";
import { cachedSteps, type Chain, loadSteps, planChain, planSteps } from "../../../lib/frontends/plan.ts";
import { shapeOf } from "../../../lib/nn/representation.ts";
import { fastAudio, nnAudio } from "./papers.ts";

async function plan(spec: FrontendSpec | Promise<FrontendSpec>): Promise<Chain> {
  return planSteps((await spec).steps);
}

async function cached(spec: Promise<FrontendSpec>): Promise<StepSpec[]> {
  return cachedSteps(await plan(spec));
}

/** Name of what is cached. */
async function cachedAs(spec: Promise<FrontendSpec>): Promise<string> {
  const { representations, frozen } = await plan(spec);
  return representations[frozen]!.name;
}

const PER_CLIP = { compat: { top_db: "clip" } };

Deno.test("the frozen prefix ends where the first trained step is", async () => {
  const names = await Promise.all(SETTINGS.map((setting) => cachedAs(nnAudio(setting))));
  assertEquals(names, ["logmel", "power", "waveform", "waveform"]);
});

Deno.test("the frozen prefix ends before what varies from batch to batch", async () => {
  const names = await Promise.all(SETTINGS.map((setting) => cachedAs(fastAudio(setting, {}, PER_CLIP))));
  assertEquals(names, ["decibels", "magnitude", "waveform", "waveform"]);
  assertEquals(await cachedAs(fastAudio("B", { power: 2 })), "power");
  assertEquals(await cachedAs(fastAudio("A", { param_rand_factor: 0.1 }, PER_CLIP)), "magnitude");
  assertEquals(await cachedAs(fastAudio("A")), "bands");
});

Deno.test("what only levels values out is neither cached nor drawn", async () => {
  for (const normalise of ["batch", "clip_mean"]) {
    const { representations, frozen, shown, steps } = await plan(nnAudio("A", { normalise }));
    assertEquals([frozen, shown, steps.length], [3, 3, 4]);
    assertEquals(representations[shown]!.name, "logmel");
  }
});

Deno.test("representations have the shape of what is made of a clip", async () => {
  const { representations, framing } = await plan(nnAudio("A"));
  const frames = framing.frames(16000);
  assertEquals(frames, 101);
  assertEquals(shapeOf(representations[0]!, 16000), [16000]);
  assertEquals(representations.slice(1).map((one) => shapeOf(one, frames)), [[101, 241], [40, 101], [
    40,
    101,
  ]]);
  assertEquals(framing.hopSamples, 160);
  assertEquals(framing.beyond, { samples: 240, are: "reflection" });
  assertEquals([framing.frames(240), framing.frames(241)], [0, 2]);
});

Deno.test("cachedSteps() hold what the cache depends on and nothing else", async () => {
  assertEquals(await cached(nnAudio("C", { n_mels: 10 })), await cached(nnAudio("D", { n_fft: 512 })));
  assertEquals(await cached(nnAudio("B", { n_mels: 10 })), await cached(nnAudio("B", { f_max_hz: 4000 })));
  const logmel = await cached(nnAudio("A"));
  assertEquals(await cached(nnAudio("A", { normalise: "batch" })), logmel);
  assertEquals(await cached(nnAudio("A", { power_epsilon: 0 })), logmel);
  for (const changes of [{ n_mels: 10 }, { f_min_hz: 20 }, { hop_samples: 80 }, { power_epsilon: 1e-8 }]) {
    assertNotEquals(await cached(nnAudio("A", changes)), logmel);
  }
  const [fast, moving] = [
    fastAudio("A", {}, PER_CLIP),
    fastAudio("A", { param_change_factor: 0.1 }, PER_CLIP),
  ];
  assertEquals(await cached(moving), await cached(fast));
});

Deno.test("front-ends share what they compute alike: the power, whoever's tensors it is", async () => {
  assertEquals(await cached(nnAudio("B")), await cached(fastAudio("B", { power: 2 })));
});

Deno.test("cachedSteps() hold the seed of random Mel filters only where these are cached", async () => {
  const random = (setting: "A" | "B" | "C") => cached(nnAudio(setting, { random_mel: true }));
  assertNotEquals(await random("A"), await cached(nnAudio("A")));
  assertEquals(await random("B"), await cached(nnAudio("B")));
  assertEquals(await random("C"), await cached(nnAudio("C")));
});

Deno.test("a chain keeps the tensors behind the frozen prefix and names those of it apart", async () => {
  const names = async (setting: "A" | "B" | "C") => {
    const { specs, frozenSpecs } = await plan(nnAudio(setting));
    return [specs.map(({ name, trainable }) => [name, trainable]), frozenSpecs.map(({ name }) => name)];
  };
  const [wcos, wsin, mel] = ["mel_layer.stft.wcos", "mel_layer.stft.wsin", "mel_layer.mel_basis"];
  assertEquals(await names("A"), [[], [wcos, wsin, mel]]);
  assertEquals(await names("B"), [[[mel, true]], [wcos, wsin]]);
  assertEquals(await names("C"), [[[wcos, true], [wsin, true], [mel, false]], []]);
});

Deno.test("chains that do not fit together are refused", async () => {
  const { steps } = await nnAudio("A");
  const [stft, mel, log] = await loadSteps(steps);
  const refused = (chain: Parameters<typeof planChain>[0], message: string) =>
    assertThrows(() => planChain(chain), RangeError, message);
  refused([mel!], "Cannot apply mel to waveform [time]: wanted axes of time and frequency");
  refused([stft!, log!], "Cannot apply log to power [time, 241]: wanted axes of band and time");
  refused([], "none makes frames of a wave");
  await assertRejects(
    () => planSteps([steps[0]!, { ...steps[1]!, n_fft: 512 }]),
    RangeError,
    "Cannot apply mel to 241 bins: wanted 257, those of n_fft 512",
  );
  await assertRejects(
    () => planSteps([{ step: "mask", trained: false, start: 1 }]),
    UserError,
    "Cannot use a front-end's step mask: end: ",
  );
  await assertRejects(
    () => planSteps([{ step: "warp", trained: false }]),
    UserError,
    'Cannot use the step "warp"',
  );
});
