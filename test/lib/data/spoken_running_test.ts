/** Running speech of the training voices: what is read, by whom, and what becomes of it. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { peak, rms } from "../../../lib/audio/level.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { kind } from "../../../lib/data/spoken_mini/kind.ts";
import { planSpokenMini } from "../../../lib/data/spoken_mini/plan.ts";
import { planRunning, readIn } from "../../../lib/data/spoken_running/plan.ts";
import { RunningRenderer } from "../../../lib/data/spoken_running/render.ts";
import { runningSchema } from "../../../lib/data/spoken_running/schema.ts";
import { runningSentence, vocabularyWithout } from "../../../lib/data/spoken_running/texts.ts";
import { SPLITS } from "../../../lib/records/example_index.ts";
import type { SpeechEngine } from "../../../lib/speech/engine.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";

const LEXICON = new Map(
  Object.entries({
    no: "n ow",
    know: "n ow",
    knows: "n ow z",
    piano: "p iy ae n ow",
    right: "r ay t",
    write: "r ay t",
    computer: "k ah m p y uw t er",
    tree: "t r iy",
  }).map(([word, phones]) => [word, phones.split(" ")]),
);
const VOCABULARY = vocabularyWithout(["no"], LEXICON);

Deno.test("what is read has none of the words, none that sounds the same, and no part of a phrase", () => {
  assertEquals(VOCABULARY.others, ["computer", "knows", "piano", "right", "tree", "write"]);
  assertEquals(vocabularyWithout(["right", "my computer"], LEXICON).others, [
    "know",
    "knows",
    "no",
    "piano",
    "tree",
  ]);
  assert(VOCABULARY.common.includes("my") && VOCABULARY.common.length > 100);
  assert(!vocabularyWithout(["my computer"], LEXICON).common.includes("my"));
  const own = Array.from({ length: 300 }, (_, i) => runningSentence(VOCABULARY, Rng.fromSeed(i)));
  for (const text of own) {
    assert(/^[A-Z][A-Za-z, ]+\.$/.test(text), text);
    const words = text.toLowerCase().match(/[a-z]+/g)!;
    assert(words.length >= 4 && words.length <= 10, text);
    assert(!words.includes("no") && !words.includes("know"), text);
  }
  assert(new Set(own).size > 295);
});

const PLANNED = { seed: 2, voices: 12, runningSeconds: 20 };

Deno.test("training's voices and no others read, each as long as is asked for", () => {
  const { voices } = planSpokenMini({ seed: 2, voices: 12, words: [], clipsPerWord: 0 });
  const recordings = planRunning(PLANNED);
  assertEquals(
    new Set(recordings.map(({ voice }) => voice.speaker)),
    new Set(voices.filter(({ split }) => split === "train").map(({ speaker }) => speaker)),
  );
  for (const [, own] of Map.groupBy(recordings, ({ voice }) => voice.speaker)) {
    assertEquals(own.reduce((sum, { seconds }) => sum + seconds, 0), 20);
  }
  assertEquals(new Set(recordings.map(({ path }) => path)).size, recordings.length);
  assertEquals(planRunning(PLANNED), recordings);
  assertEquals(
    planRunning({ ...PLANNED, runningSeconds: 8 }).every((one) =>
      recordings.some(({ path }) => path === one.path)
    ),
    true,
  );
  assertEquals(planRunning({ ...PLANNED, runningSeconds: 0 }), []);
  const [first, other] = recordings.map((one) => {
    const sentences = readIn(one, VOCABULARY, 2);
    return [sentences.next().value.text, sentences.next().value.text].join(" ");
  });
  assert(first !== other);
});

/** Says a tone of half a second for each word. */
function toneEngine(name: SpeechEngine["name"], amplitude = 0.4): SpeechEngine {
  return {
    name,
    synthesize(text) {
      const length = 11025 * text.split(" ").length;
      return {
        samples: Float32Array.from({ length }, (_, i) => amplitude * Math.sin(i / 8)),
        sampleRate: 22050,
      };
    },
  };
}

const SETTINGS = { ...PLANNED, without: ["no"], sampleRate: 16000 };
const renderer = (amplitude?: number) =>
  new RunningRenderer(
    SETTINGS,
    VOCABULARY,
    new Map((["espeak", "flite", "gnuspeech"] as const).map((name) => [name, toneEngine(name, amplitude)])),
  );

Deno.test("a recording is full of speech to its end, at its level over its noise, the same in any order", () => {
  const recordings = planRunning(PLANNED);
  const making = renderer();
  const made = recordings.map((one) => making.recording(one));
  for (const [i, samples] of made.entries()) {
    const { seconds, levelDb } = recordings[i]!;
    assertEquals(samples.length, seconds * 16000);
    assert(peak(samples) <= 0.981);
    // Pauses are at most 0.6 s, so that each second has speech in it.
    for (let at = 0; at + 16000 <= samples.length; at += 8000) {
      const level = 20 * Math.log10(rms(samples.subarray(at, at + 16000)));
      assert(level > levelDb - 6, `${level} dB at ${at}, wanted about ${levelDb}`);
    }
  }
  const quiet = recordings.findIndex(({ noise, levelDb }) => noise.snrDb >= 40 && levelDb < -20);
  assertAlmostEquals(20 * Math.log10(rms(made[quiet]!)), recordings[quiet]!.levelDb, 2);
  assertEquals(renderer().recording(recordings[3]!), made[3]);
});

Deno.test("an engine that says nothing ends in a sentence", () => {
  const error = assertThrows(() => renderer(0).recording(planRunning(PLANNED)[0]!), UserError);
  assertEquals(error.reason, "bad-dataset");
  assert(/says nothing for ".*" .*running_seconds to 0/.test(error.message), error.message);
});

function configOf(changes: object) {
  const path = "conf/dataset/spoken_mini.yaml";
  const { also: _, ...values } = readYaml(path, Deno.readTextFileSync(path)).values;
  return kind.schema.parse({ ...values, ...changes });
}

Deno.test("running speech is of the training split alone, and beside words that stay as they are", () => {
  const [none, some] = [configOf({}), configOf({ running_seconds: 16 })];
  for (const split of SPLITS) {
    assertEquals(Object.keys(kind.recordings(none, split)), ["audio"]);
    const { audio, running } = kind.recordings(some, split);
    assertEquals(audio, kind.recordings(none, split)["audio"]);
    assertEquals(running !== undefined, split === "train");
  }
  const { running } = kind.recordings(some, "train");
  if (running?.from !== "maker") throw new Error("running speech is not made");
  const settings = runningSchema.parse(running.settings);
  assertEquals(settings.without.slice(0, 2), ["yes", "no"]);
  assertEquals(kind.indexSettings(some, null), kind.indexSettings(none, null));
  assertEquals(Object.keys(kind.recordings(configOf({ running_seconds: 16, unknown: 0 }), "train")), [
    "audio",
  ]);
});
