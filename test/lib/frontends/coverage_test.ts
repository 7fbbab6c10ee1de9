import { assertEquals } from "@std/assert";
import { uncoveredBins } from "../../../lib/frontends/coverage.ts";
import type { FastAudioSpec } from "../../../lib/frontends/spec.ts";
import { paperFastAudio, paperFrontend } from "../models/harness.ts";

Deno.test("uncoveredBins() counts what the original's limits cut off few wide bands, and scaled ones leave", () => {
  const of = (limits: FastAudioSpec["limits"]) =>
    [10, 20, 30, 40].map((nMels) => uncoveredBins({ ...paperFastAudio("A"), nMels, limits }));
  assertEquals(of("original"), [43, 13, 4, 2]);
  assertEquals(of("scaled"), [12, 5, 3, 2]);
  assertEquals(uncoveredBins({ ...paperFastAudio("A"), filter: "gaussian" }), 0);
});

Deno.test("uncoveredBins() of Slaney's triangles are the two ends, of a limited range all bins beyond", () => {
  const slaney = paperFrontend("A");
  assertEquals(uncoveredBins(slaney), 2);
  assertEquals(uncoveredBins({ ...slaney, fMaxHz: 4000 }), 122);
  assertEquals(uncoveredBins({ ...slaney, randomMel: { seed: 1 } }), 0);
});
