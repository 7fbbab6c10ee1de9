import { assert, assertEquals } from "@std/assert";
import { type Lexicon, partsOfPhrase, phoneDistance, similarPhrases } from "../../../lib/phones/similar.ts";

const LEXICON: Lexicon = new Map(
  Object.entries({
    computer: "k ah m p y uw t er",
    commuter: "k ah m y uw t er",
    commuters: "k ah m y uw t er z",
    compute: "k ah m p y uw t",
    com: "k aa m",
    cum: "k ah m",
    come: "k ah m",
    tutor: "t uw t er",
    utter: "ah t er",
    hey: "hh ey",
    hay: "hh ey",
    hi: "hh ay",
    he: "hh iy",
    stop: "s t aa p",
    stopp: "s t aa p",
    top: "t aa p",
    step: "s t eh p",
    stomp: "s t aa m p",
    dog: "d aa g",
    er: "er",
  }).map(([word, phones]) => [word, phones.split(" ")]),
);

function phrase(text: string) {
  const words = text.split(" ");
  return { words, phones: words.map((word) => LEXICON.get(word)!) };
}

Deno.test("phoneDistance() counts less for phones that are alike", () => {
  const of = (a: string, b: string) => phoneDistance(a.split(" "), b.split(" "));
  assertEquals(of("s t aa p", "s t aa p"), 0);
  assertEquals(of("s t aa p", "s t aa b"), 0.5);
  assertEquals(of("s t aa p", "s t aa l"), 1);
  assertEquals(of("s t aa p", "t aa p"), 1);
  assertEquals(of("s t aa p", "s t aa m p"), 1);
  assertEquals(of("k ah m", "m ah k"), 2);
  assertEquals([of("p", "b"), of("b", "p")], [0.5, 0.5]);
});

Deno.test("similarPhrases() gives what sounds most alike first, never the same sound, and no sound twice", () => {
  assertEquals(similarPhrases(phrase("stop"), LEXICON, 10), ["step", "stomp", "top"]);
  assertEquals(similarPhrases(phrase("computer"), LEXICON, 1), ["commuter"]);
  assertEquals(similarPhrases(phrase("stop"), LEXICON, 0), []);
});

Deno.test("similarPhrases() replaces each word of a phrase in turn, as often as is asked for", () => {
  assertEquals(similarPhrases(phrase("hey computer"), LEXICON, 3), [
    "he computer",
    "hey commuter",
    "hey compute",
  ]);
});

Deno.test("partsOfPhrase() gives parts that follow on each other, and the words backwards", () => {
  assertEquals(partsOfPhrase(phrase("hey computer"), LEXICON), ["hey", "computer", "computer hey"]);
  assertEquals(partsOfPhrase(phrase("hey computer stop"), LEXICON), [
    "hey",
    "computer",
    "stop",
    "hey computer",
    "computer stop",
    "stop computer hey",
  ]);
  assertEquals(partsOfPhrase(phrase("stop stop"), LEXICON), ["stop"]);
});

Deno.test("partsOfPhrase() gives words that a single word begins and ends with, no sound twice", () => {
  const parts = partsOfPhrase(phrase("computer"), LEXICON);
  assertEquals(parts.filter((part) => part === "compute" || part === "commuter"), ["compute"]);
  for (const part of parts) {
    const own = LEXICON.get(part)!.join(" ");
    const whole = LEXICON.get("computer")!.join(" ");
    assert((whole.startsWith(own) || whole.endsWith(own)) && own !== whole, part);
  }
  assertEquals(partsOfPhrase(phrase("stop"), LEXICON), ["top"]);
  assertEquals(partsOfPhrase(phrase("hi"), LEXICON), []);
});
