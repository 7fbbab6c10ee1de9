import { assertEquals } from "@std/assert";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { idleText, planSteps, spectrumCoverage } from "../../../lib/frontends/plan.ts";
import { fastAudio, nnAudio } from "./papers.ts";

async function uncovered(spec: Promise<FrontendSpec>): Promise<number> {
  return spectrumCoverage(await planSteps((await spec).steps)).uncoveredBins;
}

Deno.test("spectrumCoverage() counts the bins that the original's limits cut off few wide bands, and scaled ones leave", async () => {
  const of = (band_limits: string) =>
    Promise.all(
      [10, 20, 30, 40].map((n_mels) => uncovered(fastAudio("A", { n_mels, compat: { band_limits } }))),
    );
  assertEquals(await of("original"), [43, 13, 4, 2]);
  assertEquals(await of("scaled"), [12, 5, 3, 2]);
  assertEquals(await uncovered(fastAudio("A", { filter: "gaussian" })), 0);
});

Deno.test("spectrumCoverage() finds no band at the two ends of Slaney's triangles, of a limited range all bins beyond", async () => {
  assertEquals(await uncovered(nnAudio("A")), 2);
  assertEquals(await uncovered(nnAudio("A", { f_max_hz: 4000 })), 122);
  assertEquals(await uncovered(nnAudio("A", { random_mel: true })), 0);
});

Deno.test("spectrumCoverage() counts bands without a bin, and those whose one bin another has alone", async () => {
  const idle = async (spec: Promise<FrontendSpec>) => {
    const { bands, empty, doubled } = spectrumCoverage(await planSteps((await spec).steps));
    return [bands, empty, doubled];
  };
  assertEquals(await idle(nnAudio("A")), [40, 0, 0]);
  assertEquals(await idle(fastAudio("A")), [40, 0, 0]);
  assertEquals(await idle(nnAudio("A", { n_mels: 128, n_fft: 64, hop_samples: 16 })), [128, 70, 23]);
  assertEquals(await idle(nnAudio("A", { f_min_hz: 7990 })), [40, 40, 0]);
  assertEquals(await idle(nnAudio("A", { random_mel: true, f_min_hz: 7990 })), [0, 0, 0]);
});

Deno.test("spectrumCoverage() counts bands all of whose bins a mask sets to zero", async () => {
  const masked = async (start: number, end: number) => {
    const { empty, masked } = spectrumCoverage(
      await planSteps((await nnAudio("A", { mask: { start, end } })).steps),
    );
    return [empty, masked];
  };
  assertEquals(await masked(240, 241), [0, 0]);
  assertEquals((await masked(0, 200)).map((count) => count > 20), [false, true]);
  assertEquals(await masked(0, 241), [0, 40]);
});

Deno.test("idleText() says nothing where there is nothing to say", () => {
  assertEquals(idleText({ bands: 40, empty: 0, masked: 0, doubled: 0 }), undefined);
  assertEquals(
    idleText({ bands: 40, empty: 3, masked: 0, doubled: 1 })?.slice(0, 45),
    "Of 40 bands 3 have no bin of the spectrum and",
  );
});
