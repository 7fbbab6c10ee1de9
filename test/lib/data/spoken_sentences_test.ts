import { assert, assertEquals, assertThrows } from "@std/assert";
import { peak } from "../../../lib/audio/level.ts";
import { planSpokenSentences } from "../../../lib/data/spoken_sentences/plan.ts";
import { SentenceRenderer } from "../../../lib/data/spoken_sentences/render.ts";
import { TIMIT_PHONES } from "../../../lib/phones/timit.ts";
import { SENTENCE_ACCENTS, timitPhones } from "../../../lib/phones/espeak.ts";
import { openEspeak } from "../../../lib/speech/espeak_io.ts";

const SETTINGS = { seed: 0, voices: 60, sentencesPerVoice: 10, sampleRate: 16000 };

Deno.test("planSpokenSentences() has 600 different sentences of 60 voices, a fifth of the voices in TEST", () => {
  const { voices, sentences } = planSpokenSentences(SETTINGS);
  assertEquals(new Set(sentences.map(({ text }) => text)).size, 600);
  assertEquals(new Set(voices.map(({ id }) => id)).size, 60);
  assertEquals(new Set(sentences.map(({ stem }) => stem)).size, 600);
  for (const { stem } of sentences) assert(/^(TRAIN|TEST)\/DR[1-8]\/[FM][A-Z]{3}\d\/SX\d+$/.test(stem), stem);
  const inTest = voices.filter(({ split }) => split === "test");
  assertEquals(inTest.length, 12);
  assertEquals(new Set(inTest.map(({ kind }) => kind)).size >= 2, true);
  assertEquals(planSpokenSentences(SETTINGS), { voices, sentences });
  assert(planSpokenSentences({ ...SETTINGS, seed: 1 }).sentences[0]!.text !== sentences[0]!.text);
});

Deno.test("the engine's phones of all accents have names in TIMIT, and lie in order within the recording", async () => {
  const { sentences } = planSpokenSentences({ ...SETTINGS, seed: 7 });
  const renderer = new SentenceRenderer(SETTINGS, await openEspeak());
  const seen = new Set<string>();
  const accents = new Set<string>();
  for (const sentence of sentences.filter((_, i) => i % 9 === 0)) {
    const { samples, phones } = renderer.render(sentence);
    accents.add(sentence.voice.variant.split("+")[0]!);
    assert(peak(samples) <= 0.981);
    assertEquals([phones[0]!.phone, phones.at(-1)!.phone], ["h#", "h#"]);
    assertEquals([phones[0]!.begin, phones.at(-1)!.end], [0, samples.length]);
    phones.forEach(({ begin, end, phone }, i) => {
      assert(end > begin && begin === (phones[i - 1]?.end ?? 0), `${sentence.stem} ${phone} ${begin} ${end}`);
      seen.add(phone);
    });
  }
  assertEquals(accents, new Set(SENTENCE_ACCENTS));
  assertEquals([...seen].filter((phone) => !TIMIT_PHONES.includes(phone)), []);
  assert(seen.size > 45, [...seen].join(" "));
});

Deno.test("timitPhones() parts stops into closure and release, and tells pauses from the ends", () => {
  const heard = [
    { ipa: null, begin: 0, end: 50 },
    { ipa: "b", begin: 50, end: 150 },
    { ipa: null, begin: 150, end: 160 },
    { ipa: null, begin: 160, end: 200 },
    { ipa: "aɪə", begin: 200, end: 300 },
    { ipa: null, begin: 300, end: 400 },
  ];
  assertEquals(
    timitPhones(heard, 420).map(({ phone, begin, end }) => `${begin} ${end} ${phone}`),
    ["0 50 h#", "50 110 bcl", "110 150 b", "150 200 pau", "200 250 ay", "250 300 ax", "300 420 h#"],
  );
  assertThrows(() => timitPhones([{ ipa: "ɬ", begin: 0, end: 1 }], 2), RangeError, "Cannot name the phone");
});
