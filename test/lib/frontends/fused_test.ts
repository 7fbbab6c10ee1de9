import { assertEquals } from "@std/assert";
import { loadSteps } from "../../../lib/frontends/plan.ts";

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
