import { assert, assertEquals, assertThrows } from "@std/assert";
import { peak, rms } from "../../../lib/audio/level.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { BABBLE_SENTENCES } from "../../../lib/data/spoken_mini/babble.ts";
import {
  type NoiseName,
  NOISES,
  planSpokenMini,
  type SpokenPlan,
} from "../../../lib/data/spoken_mini/plan.ts";
import { SpokenRenderer } from "../../../lib/data/spoken_mini/render.ts";
import { ALL_WORDS } from "../../../lib/data/words_layout/vocabulary.ts";
import { SPLITS } from "../../../lib/records/example_index.ts";
import type { SpeechEngine } from "../../../lib/speech/engine.ts";

const DEFAULTS = { seed: 0, words: null, clipsPerWord: 64, voices: 64 };
const ENGINES = ["espeak", "flite", "gnuspeech"] as const;

Deno.test("planSpokenMini() has 35 words, at least 60 clips and 40 voices a word, of three engines", () => {
  const { clips } = planSpokenMini(DEFAULTS);
  assertEquals(new Set(clips.map(({ word }) => word)), new Set(ALL_WORDS));
  assertEquals(new Set(clips.map(({ path }) => path)).size, clips.length);
  for (const word of ALL_WORDS) {
    const ofWord = clips.filter((clip) => clip.word === word);
    assert(ofWord.length >= 60);
    assert(new Set(ofWord.map(({ voice }) => voice.speaker)).size >= 40);
    assertEquals(new Set(ofWord.map(({ voice }) => voice.engine)).size, 3);
    for (const clip of ofWord) assert(/^[a-z]+\/[0-9a-f]{8}_nohash_\d+\.wav$/.test(clip.path), clip.path);
  }
});

Deno.test("planSpokenMini() has every engine and women, men or children in each split, at about 70, 10 and 20 percent", () => {
  for (const seed of [0, 1, 2]) {
    const { voices } = planSpokenMini({ ...DEFAULTS, seed });
    assertEquals(new Set(voices.map(({ speaker }) => speaker)).size, DEFAULTS.voices);
    for (const split of SPLITS) {
      const ofSplit = voices.filter((voice) => voice.split === split);
      assertEquals(new Set(ofSplit.map(({ engine }) => engine)).size, 3);
      assert(new Set(ofSplit.map(({ kind }) => kind)).size >= 2);
    }
    const part = (split: string) => voices.filter((voice) => voice.split === split).length / voices.length;
    assert(Math.abs(part("validation") - 0.1) < 0.04 && Math.abs(part("test") - 0.2) < 0.04);
  }
});

Deno.test("planSpokenMini() fills every split from three voices and every word", () => {
  const { clips } = planSpokenMini(
    { seed: 5, words: ["yes", "no"], voices: 3, clipsPerWord: 4 },
  );
  for (const word of ["yes", "no"]) {
    const ofWord = clips.filter((clip) => clip.word === word);
    assertEquals(ofWord.length, 4);
    assertEquals(new Set(ofWord.map(({ voice }) => voice.split)), new Set(SPLITS));
  }
});

Deno.test("planSpokenMini() follows its seed, and a word's clips do not depend on the other words", () => {
  assertEquals(planSpokenMini(DEFAULTS), planSpokenMini(DEFAULTS));
  const other = planSpokenMini({ ...DEFAULTS, seed: 1 });
  assert(planSpokenMini(DEFAULTS).clips.every((clip, i) => clip.path !== other.clips[i]?.path));
  const all = planSpokenMini(DEFAULTS).clips.filter(({ word }) => word === "tree");
  assertEquals(planSpokenMini({ ...DEFAULTS, words: ["tree"] }).clips, all);
});

Deno.test("the babble's sentences hold none of the words to spot", () => {
  const spoken = new Set(BABBLE_SENTENCES.flatMap((sentence) => sentence.toLowerCase().match(/[a-z]+/g)!));
  assertEquals(ALL_WORDS.filter((word) => spoken.has(word)), []);
});

const SMALL = { seed: 3, words: ["yes"], voices: 3, clipsPerWord: 12, sampleRate: 16000 };

/** Speaks a tone as long as asked for, amid silence. */
function toneEngine(name: SpeechEngine["name"], seconds: number): SpeechEngine {
  return {
    name,
    synthesize(_text, voice) {
      const samples = new Float32Array(Math.round(22050 * (0.4 + seconds / voice.speed)));
      for (let i = 4410; i < samples.length - 4410; i++) samples[i] = 0.4 * Math.sin(i / 8);
      return { samples, sampleRate: 22050 };
    },
  };
}

function renderer(seconds: number): SpokenRenderer {
  return new SpokenRenderer(
    SMALL,
    new Map(ENGINES.map((name) => [name, toneEngine(name, seconds)])),
  );
}

function noisesOf(plan: SpokenPlan): ReadonlyMap<NoiseName, Float32Array> {
  const making = renderer(0.4);
  return new Map(NOISES.map((name) => [name, making.noise(name, plan, 48000)]));
}

Deno.test("SpokenRenderer makes clips of one second with the word inside, not clipped, at the planned noise", () => {
  const plan = planSpokenMini(SMALL);
  const making = renderer(0.4);
  const noises = noisesOf(plan);
  for (const clip of plan.clips) {
    const samples = making.clip(clip, noises.get(clip.noise.name)!);
    assertEquals(samples.length, 16000);
    assert(peak(samples) <= 0.981);
    const quietest = Math.min(
      ...Array.from({ length: 20 }, (_, k) => rms(samples.subarray(800 * k, 800 * (k + 1)))),
    );
    assert(quietest > 0, "no digital silence");
    if (clip.noise.snrDb < 40 || clip.room !== null) continue;
    const [head, tail] = [samples.subarray(0, 320), samples.subarray(-320)];
    assert(rms(head) < 0.1 * rms(samples) && rms(tail) < 0.1 * rms(samples), clip.path);
  }
});

Deno.test("SpokenRenderer makes the same clip in any order", () => {
  const plan = planSpokenMini(SMALL);
  const noises = noisesOf(plan);
  const alone = renderer(0.4).clip(plan.clips[5]!, noises.get(plan.clips[5]!.noise.name)!);
  const making = renderer(0.4);
  const inTurn = plan.clips.map((clip) => making.clip(clip, noises.get(clip.noise.name)!));
  assertEquals(inTurn[5], alone);
});

Deno.test("SpokenRenderer speaks a long word again, faster, and gives up with the word's name", () => {
  const plan = planSpokenMini(SMALL);
  const clip = plan.clips[0]!;
  const noise = renderer(0.4).noise(clip.noise.name, plan, 48000);
  assert(rms(renderer(1.1).clip(clip, noise)) > 0);
  const endless: SpeechEngine = {
    name: "espeak",
    synthesize: () => ({ samples: new Float32Array(40000).fill(0.5), sampleRate: 16000 }),
  };
  const making = new SpokenRenderer(SMALL, new Map(ENGINES.map((name) => [name, endless])));
  const error = assertThrows(
    () => making.clip(clip, noise),
    UserError,
    'cannot say "yes" within a second',
  );
  assertEquals(error.reason, "bad-dataset");
});

Deno.test("SpokenRenderer makes six noises of the length asked for, none silent or clipped, from the seed alone", () => {
  const plan = planSpokenMini(SMALL);
  const noises = noisesOf(plan);
  assertEquals(noisesOf(plan), noises);
  for (const [name, samples] of noises) {
    assertEquals(samples.length, 48000);
    assert(peak(samples) < 1 && rms(samples) > 0.01, name);
  }
});
