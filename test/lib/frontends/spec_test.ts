import { assertEquals } from "@std/assert";
import {
  frozenPrefix,
  powerEpsilonOf,
  prefixShape,
  prefixSpec,
  settingOf,
  trainableOf,
} from "../../../lib/frontends/spec.ts";
import { paperFrontend } from "../models/harness.ts";

const SETTINGS = ["A", "B", "C", "D"] as const;

Deno.test("trainableOf() and settingOf() are each other's inverse", () => {
  assertEquals(SETTINGS.map((setting) => settingOf(trainableOf(setting))), [...SETTINGS]);
  assertEquals(trainableOf("B"), { stft: false, mel: true });
  assertEquals(trainableOf("C"), { stft: true, mel: false });
});

Deno.test("frozenPrefix() ends where the first trained step is", () => {
  assertEquals(SETTINGS.map((setting) => frozenPrefix(paperFrontend(setting))), [
    "logmel",
    "power",
    "waveform",
    "waveform",
  ]);
});

Deno.test("prefixShape() is the shape of what the prefix gives", () => {
  const shapes = SETTINGS.map((setting) => prefixShape(prefixSpec(paperFrontend(setting)), 16000));
  assertEquals(shapes, [[40, 101], [101, 241], [16000], [16000]]);
});

Deno.test("prefixSpec() holds what the prefix depends on and nothing else", () => {
  assertEquals(prefixSpec(paperFrontend("C", { nMels: 10 })), prefixSpec(paperFrontend("D", { nFft: 512 })));
  assertEquals(
    prefixSpec(paperFrontend("B", { nMels: 10 })),
    prefixSpec(paperFrontend("B", { fMaxHz: 4000 })),
  );
  const logmel = prefixSpec(paperFrontend("A"));
  assertEquals(prefixSpec(paperFrontend("A", { normalise: "batch" })), logmel);
  assertEquals(prefixSpec(paperFrontend("A", { powerEpsilon: 0 })), logmel);
  for (const changes of [{ nMels: 10 }, { fMinHz: 20 }, { hopSamples: 80 }, { powerEpsilon: 1e-8 }]) {
    assertEquals(prefixSpec(paperFrontend("A", changes)), { ...logmel, ...changes });
  }
});

Deno.test("powerEpsilonOf() follows the original: 1e-8 only where the STFT is trained", () => {
  assertEquals(SETTINGS.map((setting) => powerEpsilonOf(paperFrontend(setting))), [0, 0, 1e-8, 1e-8]);
  assertEquals(powerEpsilonOf(paperFrontend("A", { powerEpsilon: 1e-6 })), 1e-6);
});
