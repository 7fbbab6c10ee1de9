import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { kindNames } from "../../../lib/base/kinds.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import { SETTINGS } from "../../../lib/frontends/contract.ts";
import { frontendDifferences } from "../../../lib/frontends/differences.ts";
import { loadFrontend, makeFrontend, ownParts } from "../../../lib/frontends/front_end.ts";
import { FRONTENDS } from "../../../lib/frontends/kinds.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import { configOf, fastAudio, nnAudio } from "./papers.ts";

Deno.test("a front-end that is not known is refused with those that are", async () => {
  await assertRejects(
    () => loadFrontend("nnaudo"),
    UserError,
    `Cannot use the front-end "nnaudo": there is ${kindNames(FRONTENDS).join(", ")}. Did you mean "nnaudio"?`,
  );
});

Deno.test("power_epsilon follows the original: 1e-8 only where the STFT is trained", async () => {
  const epsilon = async (setting: "A" | "B" | "C" | "D", changes: JsonObject = {}) =>
    (await nnAudio(setting, changes)).steps[0]!["power_epsilon"];
  assertEquals(await Promise.all(SETTINGS.map((setting) => epsilon(setting))), [0, 0, 1e-8, 1e-8]);
  assertEquals(await epsilon("A", { power_epsilon: 1e-6 }), 1e-6);
});

Deno.test("any front-end takes any compression", async () => {
  const { config, context } = configOf("nnaudio");
  const decibels = configOf("fastaudio").context.compression;
  const { steps } = await makeFrontend(config, { ...context, compression: decibels });
  const { representations } = await planSteps(steps);
  assertEquals(representations.map(({ name }) => name), ["waveform", "power", "mel", "decibels"]);
  assertEquals(representations.map(({ unit }) => unit), ["full scale 1", "power", "energy", "dB"]);
});

Deno.test("check() names what does not fit together, in terms of what is trained", async () => {
  const problems = async (name: string, changes: JsonObject, trained: readonly string[] = []) => {
    const { check } = await loadFrontend(name);
    const { config, context } = configOf(name, changes);
    return check(config, { ...context, trained }).map(({ path, message }) => `${path.join(".")}: ${message}`);
  };
  assertEquals(await problems("nnaudio", {}), []);
  assertEquals(await problems("nnaudio", { f_max_hz: 9000 }), [
    "frontend.f_max_hz: wanted f_min_hz < f_max_hz <= 8000 (half the sample rate), found 0 and 9000",
  ]);
  assertEquals(await problems("nnaudio", { hop_samples: 500, n_fft: 481 }), [
    "frontend.hop_samples: wanted at most n_fft = 481, found 500",
    "frontend.n_fft: wanted an even number, found 481",
  ]);
  assertEquals(await problems("fastaudio", { mask: { start: 9, end: 400 } }), [
    "frontend.mask: wanted start < end <= 241 (the bins of n_fft = 480), found 9 and 400",
  ]);
  assertEquals(await problems("fastaudio", { power_epsilon: 0, filter: "rectangular" }), []);
  const both = await problems("fastaudio", { power_epsilon: 0, filter: "rectangular" }, ["stft", "mel"]);
  assertEquals(both.map((text) => text.split(":")[0]), ["frontend.power_epsilon", "frontend.filter"]);
});

Deno.test("variant() tells what sets a run apart besides its number of bands", async () => {
  const { variant } = await loadFrontend("nnaudio");
  assertEquals(variant(configOf("nnaudio").config), {
    values: { "frontend.mask": null, "frontend.random_mel": null },
    words: [],
  });
  assertEquals(
    variant(configOf("nnaudio", { mask: { start: 10, end: 20 }, random_mel: true }).config),
    { values: { "frontend.mask": "10-20", "frontend.random_mel": true }, words: ["mask10-20", "random"] },
  );
});

Deno.test("ownParts() are those whose tensors are not where every training starts", async () => {
  for (const [name, spec] of [["nnaudio", nnAudio("D")], ["fastaudio", fastAudio("D")]] as const) {
    const { config, context } = configOf(name);
    const { specs } = await planSteps((await spec).steps);
    const moved = (...names: RegExp[]) =>
      new Map(specs.map((tensor) => {
        const data = tensor.init(Rng.fromSeed(0));
        if (names.some((pattern) => pattern.test(tensor.name))) data[3]! += 0.01;
        return [tensor.name, { data }];
      }));
    const own = (...names: RegExp[]) => ownParts(config, context, moved(...names));
    assertEquals(await own(), []);
    assertEquals(await own(/wsin/), ["stft"]);
    assertEquals(await own(/mel_basis|band/), ["mel"]);
    assertEquals(await own(/wcos/, /mel_basis|f_central/), ["stft", "mel"]);
    assertEquals(await ownParts(config, context, new Map()), []);
    const first = specs[0]!.name;
    assertEquals(await ownParts(config, context, new Map([[first, { data: new Float32Array(4) }]])), [
      "stft",
    ]);
  }
});

Deno.test("frontendDifferences() names each value that changes features", async () => {
  const there = await nnAudio("A", { mask: { start: 0, end: 60 }, power: 1, n_mels: 20 });
  assertEquals(await frontendDifferences(there, await nnAudio("A")), [
    "steps: stft magnitude mask mel log there, stft mel log here",
    "mask.start: 0 there, nothing here",
    "mask.end: 60 there, nothing here",
    "mel.n_mels: 20 there, 40 here",
  ]);
  assertEquals(await frontendDifferences(await fastAudio("A", {}, { top_db: null }), await fastAudio("A")), [
    "decibels.top_db: null there, 80 here",
  ]);
});

Deno.test("frontendDifferences() passes over how parts were trained, and where trained filters started", async () => {
  const [A, D] = [await nnAudio("A", { power_epsilon: 0 }), await nnAudio("D", { power_epsilon: 0 })];
  const randomD = await nnAudio("D", { power_epsilon: 0, random_mel: true });
  assertEquals(await frontendDifferences(D, A), []);
  assertEquals(await frontendDifferences(randomD, A), []);
  const fast = await fastAudio("A");
  const moved = await fastAudio("A", { param_change_factor: 9, param_rand_factor: 0.1 });
  assertEquals(await frontendDifferences(moved, fast), []);
  assertEquals(await frontendDifferences(await nnAudio("A", { random_mel: true }), await nnAudio("A")), [
    'mel.random: {"seed":0} there, null here',
  ]);
});
