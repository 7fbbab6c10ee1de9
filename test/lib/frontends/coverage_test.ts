import { assertEquals } from "@std/assert";
import { uncoveredBins } from "../../../lib/frontends/coverage.ts";
import type { FastAudioSpec, NnAudioSpec } from "../../../lib/frontends/spec.ts";

const SHARED = {
  sampleRate: 16000,
  nFft: 480,
  hopSamples: 160,
  fMinHz: 0,
  fMaxHz: 8000,
  trainable: { stft: false, mel: false },
  powerEpsilon: "original",
  power: 1,
  mask: null,
  normalise: "none",
} as const;

function fastaudio(nMels: number, more: Partial<FastAudioSpec>): FastAudioSpec {
  return {
    ...SHARED,
    kind: "fastaudio",
    nMels,
    filter: "triangular",
    limits: "original",
    decibels: { amin: 1e-10, refValue: 1, topDb: 80, loudestOf: "clip" },
    sort: false,
    paramChangeFactor: 1,
    paramRandFactor: 0,
    ...more,
  };
}

Deno.test("uncoveredBins() counts what the original's limits cut off few wide bands, and scaled ones leave", () => {
  const of = (limits: FastAudioSpec["limits"]) =>
    [10, 20, 30, 40].map((nMels) => uncoveredBins(fastaudio(nMels, { limits })));
  assertEquals(of("original"), [43, 13, 4, 2]);
  assertEquals(of("scaled"), [12, 5, 3, 2]);
  assertEquals(uncoveredBins(fastaudio(10, { filter: "gaussian" })), 0);
});

Deno.test("uncoveredBins() of Slaney's triangles are the two ends, of a limited range all bins beyond", () => {
  const slaney: NnAudioSpec = { ...SHARED, kind: "nnaudio", nMels: 40, randomMel: null };
  assertEquals(uncoveredBins(slaney), 2);
  assertEquals(uncoveredBins({ ...slaney, fMaxHz: 4000 }), 122);
  assertEquals(uncoveredBins({ ...slaney, randomMel: { seed: 1 } }), 0);
});
