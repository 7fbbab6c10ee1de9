/** Own words on a body that was never trained: tones are told apart by any. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { decodeBackground, encodeBackground, withoutWords } from "../../../lib/enrol/background.ts";
import { type EnrolBody, openBody } from "../../../lib/enrol/body.ts";
import { enrol, type EnrolRequest } from "../../../lib/enrol/enrol.ts";
import { openWaveFilters } from "../../../lib/kernels/wave_filters/alone_io.ts";
import { decodeTensors } from "../../../lib/formats/safetensors.ts";
import { openRecogniser } from "../../../lib/live/recogniser.ts";
import { openForTest } from "../../support/backends.ts";
import { soundOf } from "../incremental/streams.ts";
import { beep } from "./beeps.ts";
import { CLASSES, SAMPLES, trainedBody } from "./bodies.ts";

await openForTest("wasm");
const filters = await openWaveFilters();
const bytes = await trainedBody();

function takes(word: string, hz: number, count: number) {
  const rng = Rng.fromSeed(word);
  return Array.from({ length: count }, (_, i) => ({
    name: `${word}${i}.wav`,
    samples: beep({ hz: hz * rng.uniform(0.95, 1.05), at: rng.uniform(0.05, 0.25), seconds: 0.6 }),
    sampleRate: 16000,
  }));
}

/** Sounds of other kinds, as if the body had been trained on them. */
async function backgroundOf(body: EnrolBody, count = 60) {
  const waves = Array.from({ length: count }, (_, i) => soundOf(SAMPLES, `background ${i}`));
  const embeddings = await body.embed(waves);
  const labels = new Int32Array(count).fill(CLASSES.indexOf("_unknown_"));
  const names = waves.map((_, i) => `${i % 2 === 0 ? "dog" : "low"}/${i}_nohash_0.wav`);
  return { embeddings, labels, classes: CLASSES, names };
}

const REQUEST: Omit<EnrolRequest, "body" | "background"> = {
  words: [{ word: "low tone", takes: takes("low", 440, 4) }, { word: "high", takes: takes("high", 3200, 1) }],
  falseAlarms: [],
  filters,
  seed: 0,
};

Deno.test("words that were enrolled are told, and what was known before is known as before", async () => {
  using body = await openBody(bytes, "body");
  const before = body.checkpoint.classes.slice();
  const made = await enrol({ ...REQUEST, body, background: await backgroundOf(body) });
  const classes = ["yes", "no", "up", "low tone", "high", "_silence_", "_unknown_"];
  assertEquals([made.classes, before], [classes, CLASSES]);
  assertEquals(made.background!.clips, 60);
  assert(made.background!.alarms <= 3, `${made.background!.alarms} alarms`);
  const [low, high] = made.words;
  assertEquals(low!.takes.map(({ name }) => name), ["low0.wav", "low1.wav", "low2.wav", "low3.wav"]);
  assert(low!.takes.every(({ score }) => score! > 0.5), JSON.stringify(low));
  assertEquals(high!.takes, [{ name: "high0.wav", score: null }]);
  using recogniser = await openRecogniser(made.checkpoint, "enrolled");
  using old = await openRecogniser(bytes, "body");
  for (const [word, hz] of [["low tone", 450], ["high", 3150]] as const) {
    const { probabilities } = await recogniser.recognise(beep({ hz, at: 0.18 }));
    assertEquals(classes[probabilities.indexOf(Math.max(...probabilities))], word);
  }
  const wave = soundOf(SAMPLES, "another");
  const [now, then] = [await recogniser.recognise(wave), await old.recognise(wave)];
  assertEquals([...now.logits].filter((_, i) => i !== 3 && i !== 4), [...then.logits]);
});

Deno.test("an enrolment tells each step that is done, and how many clips are heard", async () => {
  using body = await openBody(bytes, "body");
  const told: string[] = [];
  let heard: number[] = [];
  await enrol({
    ...REQUEST,
    body,
    background: null,
    onStep: (step) =>
      told.push(`${step.kind} ${step.kind === "varied" ? step.clips : ""}after ${heard[0] ?? 0}`),
    onProgress: (done, total) => heard = [done, total],
  });
  const [clips] = heard;
  assert(clips! > 160 && clips === heard[1], heard.join());
  assertEquals(told, [`varied ${clips}after 0`, `learnt after ${clips}`]);
});

Deno.test("the same seed gives the same bytes, another one others", async () => {
  using body = await openBody(bytes, "body");
  const made = (seed: number) => enrol({ ...REQUEST, body, background: null, seed });
  const [first, again, other] = [await made(0), await made(0), await made(1)];
  assertEquals(first.checkpoint, again.checkpoint);
  assert(!first.checkpoint.every((byte, i) => byte === other.checkpoint[i]));
  assertEquals(first.background, null);
});

Deno.test("what was a false alarm is less likely to be one again", async () => {
  using body = await openBody(bytes, "body");
  const background = await backgroundOf(body);
  const wrong = beep({ hz: 560, at: 0.15 });
  const sure = async (falseAlarms: EnrolRequest["falseAlarms"]) => {
    const words = [{ word: "low", takes: takes("low", 440, 3) }];
    const { checkpoint, classes } = await enrol({ ...REQUEST, words, body, background, falseAlarms });
    using recogniser = await openRecogniser(checkpoint, "enrolled");
    return (await recogniser.recognise(wrong)).probabilities[classes.indexOf("low")]!;
  };
  const alarm = { name: "wrong.wav", samples: wrong, sampleRate: 16000 };
  const [before, after] = [await sure([]), await sure([alarm])];
  assert(after < before - 0.1, `${before} before, ${after} after`);
});

Deno.test("clips of the data set that are of a new word are no negatives of it", async () => {
  using body = await openBody(bytes, "body");
  const background = await backgroundOf(body);
  const kept = withoutWords(background, ["low", "yes"], body.size);
  assertEquals([kept.labels.length, new Set(kept.names.map((name) => name.split("/")[0])).size], [30, 1]);
  assertEquals(kept.embeddings.subarray(0, body.size), background.embeddings.subarray(0, body.size));
  assertEquals(
    kept.embeddings.subarray(body.size, 2 * body.size),
    background.embeddings.subarray(2 * body.size, 3 * body.size),
  );
  const words = [{ word: "low", takes: takes("low", 400, 1) }];
  const made = await enrol({ ...REQUEST, words, body, background });
  assertEquals(made.background!.clips, 30);
});

Deno.test("a background is read back as it was written, and refused by another body", async () => {
  using body = await openBody(bytes, "body");
  const background = await backgroundOf(body, 4);
  const file = encodeBackground(background, body);
  assertEquals(decodeBackground(file, "background", body), background);
  const refused = (given: Uint8Array, of: Pick<EnrolBody, "size" | "digest">, wanted: RegExp) => {
    const error = assertThrows(() => decodeBackground(given, "background.safetensors", of), UserError);
    assertEquals(error.reason, "bad-file");
    assert(wanted.test(error.message), error.message);
  };
  refused(file, { size: body.size, digest: "0".repeat(16) }, /of body [0-9a-f]{16}, wanted 0{16}/);
  refused(bytes, body, /no file of embeddings/);
  const damaged = encodeBackground({ ...background, labels: Int32Array.of(0, 0, 0, 9) }, body);
  refused(damaged, body, /no file of embeddings/);
  assertEquals(decodeTensors(file, "background").metadata["body"], body.digest);
});

Deno.test("enrol() refuses in one sentence words that cannot be learnt", async () => {
  using body = await openBody(bytes, "body");
  const [take] = takes("low", 400, 1);
  const silent = { name: "silent.wav", samples: new Float32Array(16000), sampleRate: 16000 };
  const cases: readonly (readonly [EnrolRequest["words"], string, RegExp])[] = [
    [[], "usage", /no word is given/],
    [[{ word: "lamp", takes: [] }], "usage", /lamp: it has no recordings/],
    [[{ word: "lamp", takes: [take!] }, { word: " lamp ", takes: [take!] }], "usage", /given twice/],
    [
      [{ word: "Sheila", takes: [take!] }, { word: "sheila", takes: [take!] }],
      "usage",
      /enrol sheila: Sheila is given too, which differs from it in capitals alone/,
    ],
    [[{ word: "yes", takes: [take!] }], "usage", /tells it already/],
    [[{ word: "_lamp_", takes: [take!] }], "usage", /"_lamp_"/],
    [[{ word: "", takes: [take!] }], "usage", /wanted a word/],
    [[{ word: "lamp", takes: [take!, silent] }], "bad-audio", /silent\.wav: it is silent/],
  ];
  for (const [words, reason, wanted] of cases) {
    const error = await assertRejects(() => enrol({ ...REQUEST, words, body, background: null }), UserError);
    assertEquals([error.reason, error.message.split("\n").length], [reason, 1]);
    assert(wanted.test(error.message), error.message);
  }
});
