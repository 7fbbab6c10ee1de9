import { assertEquals } from "@std/assert";
import { frontendDifferences } from "../../../lib/frontends/frontend_differences.ts";
import type { FastAudioSpec, NnAudioSpec } from "../../../lib/frontends/spec.ts";

const SHARED = {
  sampleRate: 16000,
  nFft: 480,
  hopSamples: 160,
  nMels: 40,
  fMinHz: 0,
  fMaxHz: 8000,
  trainable: { stft: false, mel: false },
  powerEpsilon: "original",
  power: 2,
  mask: null,
  normalise: "batch",
} as const;
const NNAUDIO: NnAudioSpec = { ...SHARED, kind: "nnaudio", randomMel: null };
const FASTAUDIO: FastAudioSpec = {
  ...SHARED,
  kind: "fastaudio",
  filter: "triangular",
  limits: "scaled",
  decibels: { amin: 1e-10, refValue: 1, topDb: 80, loudestOf: "clip" },
  sort: false,
  paramChangeFactor: 1,
  paramRandFactor: 0,
};

const differences = (found: object, wanted: NnAudioSpec | FastAudioSpec) =>
  frontendDifferences(JSON.stringify(found), wanted);

Deno.test("frontendDifferences() names each value that changes features, as the configuration does", () => {
  assertEquals(differences({ ...NNAUDIO, mask: { start: 0, end: 60 }, power: 1 }, NNAUDIO), [
    "power: 1 there, 2 here",
    'mask: {"start":0,"end":60} there, null here',
  ]);
  const decibels = { ...FASTAUDIO.decibels, topDb: null };
  assertEquals(differences({ ...FASTAUDIO, decibels }, FASTAUDIO), ["top_db: null there, 80 here"]);
  assertEquals(differences(NNAUDIO, FASTAUDIO)[0], 'kind: "nnaudio" there, "fastaudio" here');
});

Deno.test("frontendDifferences() passes over how parts were trained, and where trained filters started", () => {
  const trained = { ...NNAUDIO, trainable: { stft: true, mel: true }, randomMel: { seed: 3 } };
  assertEquals(differences(trained, NNAUDIO), []);
  assertEquals(differences({ ...FASTAUDIO, paramChangeFactor: 9, paramRandFactor: 0.1 }, FASTAUDIO), []);
  assertEquals(differences({ ...NNAUDIO, randomMel: { seed: 3 } }, NNAUDIO), [
    'random_mel: {"seed":3} there, null here',
  ]);
});

Deno.test("frontendDifferences() finds none where a file says nothing of its front-end", () => {
  for (const found of [undefined, "nnaudio", "[]", "3", "null", "{}"]) {
    assertEquals(frontendDifferences(found, NNAUDIO), []);
  }
});
