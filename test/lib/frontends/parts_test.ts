import { assertEquals } from "@std/assert";
import { type CompressionKind, type FrontendKind, SETTINGS } from "../../../lib/frontends/contract.ts";
import { loadFrontendKinds } from "../../../lib/frontends/front_end.ts";
import {
  compressionStep,
  frontendProblems,
  orderedParts,
  partsOf,
  partsOfSetting,
  settingOf,
  trainedName,
} from "../../../lib/frontends/parts.ts";
import { configOf } from "./papers.ts";

/** nnaudio and a log that could be trained. */
async function trainableLog(
  frontend: Partial<FrontendKind> = {},
  compression: Partial<CompressionKind> = {},
) {
  const kinds = await loadFrontendKinds({ kind: "nnaudio" }, { kind: "log" });
  return {
    frontend: { ...kinds.frontend, ...frontend },
    compression: { ...kinds.compression, parts: { log: "offsets" }, ...compression },
  };
}

Deno.test("settings are shorthands for the parts that are trained", async () => {
  for (const kind of ["nnaudio", "fastaudio"]) {
    const kinds = await loadFrontendKinds({ kind }, { kind: "log" });
    assertEquals(SETTINGS.map((setting) => settingOf(kinds, partsOfSetting(kinds, setting))), [...SETTINGS]);
    assertEquals(settingOf(kinds, ["mel", "stft"]), "D");
    assertEquals(settingOf(kinds, ["another"]), null);
    assertEquals(trainedName(kinds, []), "A");
  }
});

Deno.test("a compression adds its part to a front-end's, and lists without a setting are called after their parts", async () => {
  const kinds = await trainableLog();
  assertEquals(partsOf(kinds), { stft: "STFT kernels", mel: "Mel filters", log: "offsets" });
  assertEquals(SETTINGS.map((setting) => partsOfSetting(kinds, setting)), [
    [],
    ["mel"],
    ["stft"],
    ["stft", "mel"],
  ]);
  assertEquals(orderedParts(kinds, ["log", "mel", "log", "another"]), ["mel", "log"]);
  assertEquals(trainedName(kinds, ["log", "mel"]), "mel+log");
  assertEquals(trainedName(kinds, ["mel", "stft"]), "D");
});

Deno.test("a front-end may have settings that train its compression, where that can be trained", async () => {
  const kinds = await trainableLog({ settingsOfCompression: ["D"] });
  assertEquals(partsOfSetting(kinds, "D"), ["stft", "mel", "log"]);
  assertEquals([settingOf(kinds, ["mel", "log", "stft"]), settingOf(kinds, ["stft", "mel"])], ["D", null]);
  const fixed = {
    ...kinds,
    compression: (await loadFrontendKinds({ kind: "nnaudio" }, { kind: "log" })).compression,
  };
  assertEquals(partsOfSetting(fixed, "D"), ["stft", "mel"]);
});

Deno.test("the compression's step is trained where its name is among the parts", () => {
  const { context } = configOf("nnaudio");
  const compression = { kind: "log", offset: 1 };
  const step = (...trained: string[]) => compressionStep({ ...context, compression, trained });
  assertEquals(step("mel"), { step: "log", trained: false, offset: 1 });
  assertEquals(step("mel", "log"), { step: "log", trained: true, offset: 1 });
});

Deno.test("a compression of energies is refused behind anything else, with both settings", async () => {
  const kinds = await trainableLog({}, { ofEnergies: true });
  const problems = (power: number) => {
    const { config, context } = configOf("nnaudio", { power });
    return frontendProblems(kinds, config, { ...context, compression: { kind: "log", offset: 1 } });
  };
  assertEquals(problems(2), []);
  assertEquals(problems(1).map(({ path }) => path), [["compression", "kind"]]);
  assertEquals(
    problems(1)[0]!.message,
    "log is for energies, but frontend.power=1 gives magnitudes; wanted another front-end value or another compression",
  );
});
