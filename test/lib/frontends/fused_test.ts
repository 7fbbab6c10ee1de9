import { assertEquals } from "@std/assert";
import { openChain } from "../../../lib/frontends/open.ts";
import { loadSteps, planSteps } from "../../../lib/frontends/plan.ts";
import { frozenState } from "../../../lib/nn/state.ts";
import { openForTest } from "../../support/backends.ts";
import { formOf } from "../kernels/spectrum/forms.ts";
import { fastAudio, nnAudio } from "./papers.ts";

/** Whether a step and the one behind it are computed in one pass. */
async function isOnePass(next: string): Promise<boolean> {
  const frontend = { n_fft: 480, n_mels: 8, f_min_hz: 0, f_max_hz: 8000, sample_rate: 16000 };
  const decibels = { amin: 1e-10, ref_value: 1, top_db: 80, compat: { top_db: "clip" } };
  const behind = { log: { offset: 1e-10 }, decibels, clip_mean: {} }[next];
  const steps = await loadSteps([
    { step: "mel", trained: true, module: "m", ...frontend, random: null },
    { step: next, trained: false, ...behind },
  ]);
  const [mel, other] = await Promise.all(
    steps.map(async ({ kind, values }) => (await kind.layer()).layer(values)),
  );
  return mel!.fused?.(other!) !== undefined;
}

Deno.test("Mel filters and the log behind them are one pass, any other step is one of its own", async () => {
  assertEquals(await isOnePass("log"), true);
  for (const next of ["decibels", "clip_mean"]) assertEquals(await isOnePass(next), false);
});

Deno.test("a frozen prefix from the wave to the log is one pass, and what it is can be said in plain values", async () => {
  await openForTest("cpu");
  const passOf = async (spec: Parameters<typeof planSteps>[0], to?: number) => {
    const chain = await openChain(await planSteps(spec));
    return await chain.pass(frozenState(chain), to ?? chain.frozen);
  };
  const form = formOf(480, 160);
  const A = await passOf((await nnAudio("A")).steps);
  assertEquals([A?.bank?.bands, A?.bank?.logOffset], [40, 1e-10]);
  assertEquals({ ...A, bank: null }, { ...form, bank: null });
  assertEquals(await passOf((await nnAudio("B")).steps), { ...form, bank: null });
  assertEquals(await passOf((await nnAudio("C")).steps), undefined, "the transform is trained");
  const masked = await passOf((await nnAudio("A", { mask: { start: 3, end: 9 }, power: 1 })).steps);
  assertEquals([masked?.root, masked?.mask, masked?.bank?.bands], [true, [3, 9], 40]);
  const fast = (await fastAudio("A", {}, { compat: { top_db: "clip" } })).steps;
  assertEquals(await passOf(fast), undefined, "decibels are a step of their own");
  const energies = await passOf(fast, 3);
  assertEquals([energies?.root, energies?.bank?.bands, energies?.bank?.logOffset], [true, 40, null]);
});
