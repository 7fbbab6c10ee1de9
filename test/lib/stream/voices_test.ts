import { assert, assertEquals, assertThrows } from "@std/assert";
import { rms } from "../../../lib/audio/level.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { variantOf } from "../../../lib/data/voice_variant.ts";
import { kind as spokenMini } from "../../../lib/data/spoken_mini/kind.ts";
import { drawSentences } from "../../../lib/data/spoken_sentences/grammar.ts";
import { planSpokenMini } from "../../../lib/data/spoken_mini/plan.ts";
import { Background } from "../../../lib/stream/voices/background.ts";
import { containsAny, otherWords, sentencesWithout } from "../../../lib/stream/voices/filler.ts";
import { StreamPlan } from "../../../lib/stream/voices/plan.ts";
import { drawSpeakers } from "../../../lib/stream/voices/speakers.ts";

const WORDS = ["yes", "no", "on", "right", "down"];
const SETTINGS = { seed: 0, voices: 16, wordsPerMinute: 8, words: WORDS, heard: [], side: "test" as const };

Deno.test("what is said between keywords has none of them, nor a word of the same sound", () => {
  const has = containsAny(WORDS);
  for (const text of ["The fox is on the roof.", "I know him", "Write a letter.", "Yes!", "Don't say no"]) {
    assert(has(text), text);
  }
  for (const text of ["Nobody stood upon the bridge.", "Yesterday", "nothing"]) assert(!has(text), text);
  const sentences = sentencesWithout(WORDS, Rng.fromSeed(1));
  const drawn = Array.from({ length: 500 }, () => sentences.next().value as string);
  assertEquals(drawn.filter(has), []);
  assert(new Set(drawn).size > 495);
  assertEquals(otherWords(WORDS).filter((word) => WORDS.includes(word)), []);
  assert(otherWords(["one"]).includes("two"));
});

Deno.test("words without which hardly anything can be said end in a sentence", () => {
  const said = drawSentences(3000, Rng.fromSeed(2)).flatMap((sentence) => sentence.split(/[^\p{L}]+/u));
  const sentences = sentencesWithout([...new Set(said)].filter((word) => word !== ""), Rng.fromSeed(1));
  const error = assertThrows(() => {
    for (let i = 0; i < 100; i++) sentences.next();
  }, UserError);
  assertEquals(error.reason, "bad-config");
});

Deno.test("nobody is heard in training and a stream, nor in both streams", () => {
  const config = { seed: 0, voices: 80, targets: WORDS } as unknown as Parameters<
    NonNullable<typeof spokenMini.streams>
  >[0];
  const { words, heard } = spokenMini.streams!(config);
  assertEquals(words, WORDS);
  const { voices } = planSpokenMini({ seed: 0, voices: 80, words: [], clipsPerWord: 0 });
  for (const voice of voices) assert(voice.split !== "train" || heard.includes(variantOf(voice)));
  const sides = (["development", "test"] as const).map((side) => drawSpeakers({ ...SETTINGS, side, heard }));
  const variants = sides.map((speakers) => new Set(speakers.map(variantOf)));
  for (const side of variants) {
    assert(side.size >= 8, `${[...side].join(", ")}`);
    for (const variant of side) assert(!heard.includes(variant), variant);
  }
  assertEquals([...variants[0]!].filter((variant) => variants[1]!.has(variant)), []);
});

Deno.test("where training heard all voices a sentence says so", () => {
  const everybody = [...new Set(drawSpeakers({ ...SETTINGS, voices: 400 }).map(variantOf))];
  const others = [...new Set(drawSpeakers({ ...SETTINGS, voices: 400, side: "development" }).map(variantOf))];
  const error = assertThrows(
    () => drawSpeakers({ ...SETTINGS, heard: [...everybody, ...others] }),
    UserError,
  );
  assert(error.message.includes("0 are left"), error.message);
});

Deno.test("a plan is the same each time, and says keywords as often as it is asked to, each as often as others", () => {
  const said = () => {
    const plan = new StreamPlan(SETTINGS);
    const utterances = [];
    for (let seconds = 0; seconds < 3600; seconds += 2.5) utterances.push(plan.next(seconds));
    return utterances;
  };
  const utterances = said();
  assertEquals(utterances, said());
  const keywords = utterances.filter(({ isKeyword }) => isKeyword);
  assert(keywords.length > 380 && keywords.length < 580, `8 a minute, found ${keywords.length} in an hour`);
  const counts = WORDS.map((word) => keywords.filter(({ text }) => text === word).length);
  assert(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
  const gaps = utterances.map(({ gapSeconds }) => gapSeconds);
  assert(Math.min(...gaps) < 0.2 && Math.max(...gaps) > 1.8, "words follow on each other, or stand alone");
  const has = containsAny(WORDS);
  assertEquals(utterances.filter(({ isKeyword, text }) => !isKeyword && has(text)), []);
});

Deno.test("another seed says other things, and so does the other side", () => {
  const first = (other: object) => new StreamPlan({ ...SETTINGS, ...other }).next(0).text;
  assertEquals(new Set([first({}), first({ seed: 1 }), first({ side: "development" })]).size, 3);
});

Deno.test("background noise has its level everywhere, from stretch to stretch and from scene to scene", () => {
  const rng = Rng.fromSeed(1);
  const noises = [1, 2, 3].map((k) => Float32Array.from({ length: 4000 }, () => k * rng.normal()));
  const level = 0.01;
  const whole = new Background(noises, level, 1000, Rng.fromSeed(2));
  const all = new Float32Array(200_000);
  whole.addTo(all, 0);
  for (let at = 0; at < all.length; at += 2000) {
    const found = rms(all.subarray(at, at + 2000));
    assert(Math.abs(found / level - 1) < 0.12, `${found} at ${at}`);
  }
  const parts = new Background(noises, level, 1000, Rng.fromSeed(2));
  const joined = new Float32Array(200_000);
  for (let at = 0; at < joined.length; at += 7777) {
    parts.addTo(joined.subarray(at, Math.min(joined.length, at + 7777)), at);
  }
  assertEquals(joined, all);
});
