import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { FEWEST_TAKES, MOST_FALSE_ALARMS, MOST_TAKES, OwnWords } from "../../../pipeline/demo/own_words.ts";
import { learntText } from "../../../pipeline/demo/wording.ts";

const recording = { samples: new Float32Array(10), sampleRate: 16000 };

function withTakes(count: number): OwnWords {
  const own = new OwnWords();
  for (let i = 0; i < count; i++) own.add("lights on", recording);
  return own;
}

Deno.test("a word can be learnt from five recordings on, and takes twenty", () => {
  assertEquals(new OwnWords().hindrance, "No word is recorded yet.");
  assertEquals(withTakes(FEWEST_TAKES - 1).hindrance, "lights on has 4 of at least 5 recordings.");
  assertEquals(withTakes(FEWEST_TAKES).hindrance, null);
  assertEquals(withTakes(MOST_TAKES - 1).named("lights on", []), "lights on");
  assertThrows(() => withTakes(MOST_TAKES).named("lights on", []), UserError, "it has 20");
});

Deno.test("a word is named as people mean it, and no word of the model is named again", () => {
  const own = new OwnWords();
  assertEquals(own.named("  lights   on ", ["yes"]), "lights on");
  assertThrows(() => own.named("yes", ["yes"]), UserError, "tells it already");
  assertThrows(() => own.named(" ", ["yes"]), UserError, "Choose another name");
});

Deno.test("what is deleted is gone, and a word and its false alarms with its last recording", () => {
  const own = withTakes(2);
  own.addFalseAlarm(recording);
  const [first, second] = own.words[0]!.takes;
  own.remove(first!.id);
  assertEquals(own.words.map(({ takes }) => takes), [[second!]]);
  assertEquals(own.falseAlarms.length, 1);
  own.remove(second!.id);
  assertEquals([own.words.length, own.falseAlarms.length], [0, 0]);
});

Deno.test("only the last false alarms are kept, and each can be deleted", () => {
  const own = withTakes(1);
  for (let i = 0; i <= MOST_FALSE_ALARMS; i++) own.addFalseAlarm(recording);
  assertEquals(own.falseAlarms.length, MOST_FALSE_ALARMS);
  const [oldest] = own.falseAlarms;
  own.remove(oldest!.id);
  assert(!own.falseAlarms.includes(oldest!));
  assertEquals(own.falseAlarms.length, MOST_FALSE_ALARMS - 1);
});

Deno.test("what was learnt is told with how well others tell each recording", () => {
  const takes = [{ name: "a", score: 0.9 }, { name: "b", score: 0.31 }, { name: "c", score: 0.8 }];
  assertEquals(
    learntText({ words: [{ word: "lights on", takes }], background: { clips: 300, alarms: 2 } }),
    "Learnt lights on from 3 recordings, each told by a model without it at 80 % (the least at 31 %). Recordings " +
      "with less than 50 % differ from the others: play them, and delete what is not the word. Of 300 clips that are none " +
      "of it, 2 were taken for it. Listen, and say it.",
  );
  assertEquals(
    learntText({ words: [{ word: "up", takes: [{ name: "a", score: null }] }], background: null }),
    "Learnt up from 1 recording. Little is known of what it is not: say so where it is a false alarm. Listen, and say it.",
  );
});
