import { assertEquals } from "@std/assert";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { planSteps, uncoveredBins } from "../../../lib/frontends/plan.ts";
import { fastAudio, nnAudio } from "./papers.ts";

async function uncovered(spec: Promise<FrontendSpec>): Promise<number> {
  return uncoveredBins(await planSteps((await spec).steps));
}

Deno.test("uncoveredBins() counts what the original's limits cut off few wide bands, and scaled ones leave", async () => {
  const of = (band_limits: string) =>
    Promise.all(
      [10, 20, 30, 40].map((n_mels) => uncovered(fastAudio("A", { n_mels, compat: { band_limits } }))),
    );
  assertEquals(await of("original"), [43, 13, 4, 2]);
  assertEquals(await of("scaled"), [12, 5, 3, 2]);
  assertEquals(await uncovered(fastAudio("A", { filter: "gaussian" })), 0);
});

Deno.test("uncoveredBins() of Slaney's triangles are the two ends, of a limited range all bins beyond", async () => {
  assertEquals(await uncovered(nnAudio("A")), 2);
  assertEquals(await uncovered(nnAudio("A", { f_max_hz: 4000 })), 122);
  assertEquals(await uncovered(nnAudio("A", { random_mel: true })), 0);
});
