import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { peak, rms } from "../../../lib/audio/level.ts";
import { sha256 } from "../../../lib/base/digest.ts";
import {
  ESPEAK_ACCENTS,
  ESPEAK_SPEAKERS,
  FLITE_VARIANTS,
  GNUSPEECH_VARIANTS,
} from "../../../lib/speech/catalogue.ts";
import type { EngineName, EngineVoice } from "../../../lib/speech/engine.ts";
import { openEngines } from "../../../lib/speech/engines_io.ts";

const engines = await openEngines(["espeak", "flite", "gnuspeech"]);
const NORMAL: Readonly<Record<EngineName, EngineVoice>> = {
  espeak: { variant: "gmw/en-US+f2", semitones: 0, speed: 1 },
  flite: { variant: "slt", semitones: 0, speed: 1 },
  gnuspeech: { variant: "male", semitones: 0, speed: 1 },
};

/** Digests of "yes" by each engine: the same on every machine. */
const YES: Readonly<Record<EngineName, string>> = {
  espeak: "61fb865e",
  flite: "4393f58b",
  gnuspeech: "ccfffab1",
};

for (const [name, voice] of Object.entries(NORMAL) as [EngineName, EngineVoice][]) {
  const engine = engines.get(name)!;

  Deno.test(`${name} speaks the same bytes whatever it spoke before`, () => {
    const first = digestOf(engine.synthesize("yes", voice).samples);
    engine.synthesize("forward", { ...voice, semitones: 3, speed: 0.8 });
    assertEquals(digestOf(engine.synthesize("yes", voice).samples), first);
    assertEquals(first.slice(0, 8), YES[name]);
  });

  Deno.test(`${name} speaks audibly, slower and higher on request`, () => {
    const { samples, sampleRate } = engine.synthesize("seven", voice);
    assert(rms(samples) > 0.01 && peak(samples) <= 1);
    assert(samples.length > 0.3 * sampleRate && samples.length < 1.5 * sampleRate);
    assert(engine.synthesize("seven", { ...voice, speed: 0.7 }).samples.length > 1.15 * samples.length);
    const higher = engine.synthesize("seven", { ...voice, semitones: 4 }).samples;
    assertNotEquals(digestOf(higher), digestOf(samples));
  });

  Deno.test(`${name} refuses a variant it does not have`, () => {
    assertThrows(
      () => engine.synthesize("yes", { ...voice, variant: "nobody" }),
      RangeError,
      'no variant "nobody"',
    );
  });
}

Deno.test("every variant of the catalogue speaks, each in its own way", () => {
  const spoken = [
    ...ESPEAK_ACCENTS.map((accent) => ["espeak", accent] as const),
    ...ESPEAK_SPEAKERS.map(({ variant }) => ["espeak", `${ESPEAK_ACCENTS[0]}+${variant}`] as const),
    ...FLITE_VARIANTS.map(({ variant }) => ["flite", variant] as const),
    ...GNUSPEECH_VARIANTS.map(({ variant }) => ["gnuspeech", variant] as const),
  ].map(([engine, variant]) => {
    const { samples } = engines.get(engine)!.synthesize("forward", { variant, semitones: 0, speed: 1 });
    assert(rms(samples) > 0.005, `${engine} ${variant}`);
    return [digestOf(samples), variant] as const;
  });
  const byDigest = Map.groupBy(spoken, ([digest]) => digest);
  assertEquals(
    [...byDigest.values()].filter((group) => group.length > 1).map((g) => g.map(([, v]) => v)),
    [],
  );
});

Deno.test("espeak's phones have no bytes behind their names, however long these are", () => {
  const text = "On Monday evening, the young doctor remembered an early version of the plan.";
  const voice = { variant: "gmw/en-US+f3", semitones: 0.36, speed: 1.055 };
  const { events } = engines.get("espeak")!.synthesize(text, voice);
  const phones = events!.map(({ phone }) => phone ?? "");
  assert(phones.includes("ɑːɹ"));
  assertEquals(phones.filter((phone) => /\p{Cc}/u.test(phone)), []);
});

Deno.test("flite speaks the same bytes after a text for which its memory had to grow", () => {
  const flite = engines.get("flite")!;
  const first = flite.synthesize("yes", NORMAL.flite).samples;
  const long = flite.synthesize("an early version of the plan ".repeat(12), NORMAL.flite).samples;
  assertEquals(flite.synthesize("an early version of the plan ".repeat(12), NORMAL.flite).samples, long);
  assertEquals(flite.synthesize("yes", NORMAL.flite).samples, first);
});

Deno.test("gnuspeech speaks words that its dictionary does not have", () => {
  assert(rms(engines.get("gnuspeech")!.synthesize("blorft", NORMAL.gnuspeech).samples) > 0.005);
});

function digestOf(samples: Float32Array): string {
  return sha256(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
}
