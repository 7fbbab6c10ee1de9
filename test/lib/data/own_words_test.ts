/** Words of one's own from text alone: what is said besides, and when. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { kind } from "../../../lib/data/spoken_mini/kind.ts";
import { negativePhrases } from "../../../lib/data/spoken_mini/negatives.ts";
import { planSpokenMini } from "../../../lib/data/spoken_mini/plan.ts";
import { ALL_WORDS, TEN_WORDS } from "../../../lib/data/words_layout/vocabulary.ts";
import type { SpeechEngine } from "../../../lib/speech/engine.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";

const PATH = "conf/dataset/spoken_mini.yaml";

function configOf(changes: object) {
  const { also: _, ...values } = readYaml(PATH, Deno.readTextFileSync(PATH)).values as Record<
    string,
    unknown
  >;
  return kind.schema.parse({ ...values, ...changes });
}

function madeOf(changes: object) {
  const { audio } = kind.recordings(configOf(changes), "train");
  if (audio?.from !== "maker") throw new Error("recordings are not made");
  const { words, similar, negative_clips } = audio.settings;
  return { words, similar, negative_clips };
}

const targetsOf = (changes: object) => kind.indexSettings(configOf(changes), null)["targets"];

Deno.test("words of one's own are the targets, and what is none of them is said too", () => {
  const words = ["hey computer", "stop"];
  assertEquals(targetsOf({ words }), words);
  assertEquals(madeOf({ words }), { words, similar: 12, negative_clips: 32 });
  assertEquals(targetsOf({}), [...TEN_WORDS]);
  assertEquals(madeOf({}), { words: null, similar: 0, negative_clips: 0 });
});

Deno.test("nothing is added to words of which some are no targets, nor where no class is for it", () => {
  const words = ["yes", "no", "cat"];
  assertEquals(targetsOf({ words, targets: ["yes", "no"] }), ["yes", "no"]);
  assertEquals(madeOf({ words, targets: ["yes", "no"] }), { words, similar: 0, negative_clips: 0 });
  assertEquals(madeOf({ words, unknown: 0 }), { words, similar: 0, negative_clips: 0 });
});

Deno.test("words that no synthesizer says are refused", () => {
  for (const words of [["Hey"], ["hey  you"], ["hey,"], ["2"], [""], [" hey"]]) {
    assert(!kind.schema.safeParse({ ...configOf({}), words }).success, words[0]);
  }
});

/** Says the letters of a text, k as c, as its phones. */
const ENGINE: SpeechEngine = {
  name: "espeak",
  synthesize: (text) => ({
    samples: new Float32Array(1000),
    sampleRate: 1000,
    events: [...text.replaceAll(" ", "")].map((letter, i) => ({
      seconds: 0.01 * i,
      phone: letter === "k" ? "c" : letter,
    })),
  }),
};
const LEXICON = new Map(
  Object.entries({
    cab: "k ae b",
    kab: "k ae b d",
    cap: "k ae p",
    hey: "hh ey",
    he: "hh iy",
    bed: "b eh d",
  }).map(([word, phones]) => [word, phones.split(" ")]),
);

Deno.test("negativePhrases() gives parts, what sounds alike, and other words, none of which is said as a word is", () => {
  const found = negativePhrases(["hey cab"], 3, LEXICON, ENGINE);
  assertEquals(found.slice(0, 3), ["hey", "cab", "cab hey"]);
  assert(found.includes("he cab") && found.includes("hey cap"), found.join());
  assert(!found.includes("hey kab"), "the same sound");
  assertEquals(found.slice(-ALL_WORDS.length), ALL_WORDS);
  assertEquals(new Set(found).size, found.length);
  const own = negativePhrases(["hey", "bed"], 0, LEXICON, ENGINE);
  assert(!own.includes("bed") && !own.includes("hey"));
});

Deno.test("negativePhrases() takes the synthesizer's phones of a word that no dictionary has", () => {
  const lexicon = new Map([["abb", ["ae", "b", "b"]]]);
  const heard = {
    ...ENGINE,
    synthesize: (text: string, voice: Parameters<SpeechEngine["synthesize"]>[1]) => {
      const { events, ...rest } = ENGINE.synthesize(text, voice);
      const ipa = new Map([["a", "æ"], ["b", "b"], ["m", "m"]]);
      return {
        ...rest,
        events: events!.map(({ seconds, phone }) => ({ seconds, phone: ipa.get(phone!) ?? phone })),
      };
    },
  };
  assert(negativePhrases(["abm"], 1, lexicon, heard).includes("abb"));
  const silent = {
    ...ENGINE,
    synthesize: () => ({ samples: new Float32Array(9), sampleRate: 9, events: [] }),
  };
  const error = assertThrows(
    () => negativePhrases(["mm"], 1, lexicon, silent),
    UserError,
    "says nothing for it",
  );
  assertEquals(error.reason, "bad-dataset");
});

Deno.test("a plan says negatives behind the words, fewer times, and the words as without them", () => {
  const settings = { seed: 0, words: ["hey computer", "stop"], clipsPerWord: 8, voices: 8 };
  const { clips } = planSpokenMini({ ...settings, negatives: ["hey", "top"], negativeClips: 3 });
  assertEquals(clips.slice(0, 16), planSpokenMini(settings).clips);
  assertEquals(clips.slice(16).map(({ word }) => word), ["hey", "hey", "hey", "top", "top", "top"]);
  assert(clips[0]!.path.startsWith("hey computer/"));
});
