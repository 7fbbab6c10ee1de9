import { assertEquals } from "@std/assert";
import type { Detection } from "../../../lib/live/detector.ts";
import { shownThresholds } from "../../../pipeline/demo/history.ts";

const CLASSES = ["yes", "no", "up", "_silence_", "_unknown_"];
const OWN = { threshold: 0.5, thresholds: { yes: 0.6, no: 0.9, up: 0.4 } };

/** What was heard: probabilities of moments, and words that were detected. */
function heard(moments: readonly (readonly number[])[], words: readonly string[] = []) {
  return {
    moments: moments.map((probabilities, i) => ({
      seconds: i,
      probabilities: Float32Array.from(probabilities),
    })),
    detections: words.map((label): Detection => ({ label, probability: 0.9, seconds: 0 })),
  };
}

Deno.test("of words' own thresholds those are shown that matter: of the likeliest word, and of those detected", () => {
  const labels = (history: ReturnType<typeof heard>) =>
    shownThresholds(history, CLASSES, OWN).map(({ label }) => label);
  const [up, silence] = [[0.1, 0.2, 0.5, 0.1, 0.1], [0, 0.1, 0, 0.8, 0.1]];
  assertEquals(labels(heard([])), []);
  assertEquals(labels(heard([silence, up])), ["up"]);
  assertEquals(labels(heard([up, silence])), [], "what was likely is past");
  assertEquals(labels(heard([up, silence], ["no"])), ["no"]);
  assertEquals(labels(heard([silence, up], ["yes", "yes", "up"])), ["yes", "up"], "each once");
  assertEquals(shownThresholds(heard([up]), CLASSES, OWN), [{ threshold: 0.4, label: "up" }]);
});

Deno.test("a threshold that all words have is one line, whatever is heard", () => {
  const common = [{ threshold: 0.5, label: null }];
  assertEquals(shownThresholds(heard([]), CLASSES, { threshold: 0.5 }), common);
  const alike = { threshold: 0.7, thresholds: { yes: 0.5, no: 0.5, up: 0.5 } };
  assertEquals(shownThresholds(heard([[0.9, 0, 0, 0.1, 0]], ["yes"]), CLASSES, alike), common);
});
