import { assertEquals } from "@std/assert";
import { frontendDifferences } from "../../../lib/frontends/frontend_differences.ts";
import type { FrontendSpec } from "../../../lib/frontends/spec.ts";
import { paperFastAudio, paperFrontend } from "../models/harness.ts";

const NNAUDIO = paperFrontend("A");
const FASTAUDIO = paperFastAudio("A");

const differences = (found: object, wanted: FrontendSpec) =>
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
