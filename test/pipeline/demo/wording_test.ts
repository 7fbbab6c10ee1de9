import { assertEquals } from "@std/assert";
import type { LoadedModel } from "../../../pipeline/demo/messages.ts";
import { listeningText, ruleText } from "../../../pipeline/demo/wording.ts";

const rule = { hopSeconds: 0.1, smoothing: 4, threshold: 0.5, patience: 1, refractorySeconds: 1 };
const model = { rule, chosenOn: null } as unknown as LoadedModel;

Deno.test("the page says which way a model listens, and why not the cheap one", () => {
  const by = (listens: LoadedModel["listens"]) => listeningText({ ...model, listens });
  assertEquals(
    by({ by: "frames", reason: null, delaySeconds: 0.12 }),
    "frame by frame, each computed once; a decision every 100 ms, 120 ms behind",
  );
  assertEquals(
    by({ by: "frames", reason: null, delaySeconds: 0 }),
    "frame by frame, each computed once; a decision every 100 ms",
  );
  assertEquals(
    by({ by: "windows", reason: "Its frames wait.", delaySeconds: 0 }),
    "in whole windows, a new one every 100 ms. Its frames wait.",
  );
});

Deno.test("the page says when a word counts as heard, and what that was chosen on", () => {
  assertEquals(
    ruleText(model),
    "1 decision at the threshold, each a mean of 4; not chosen on a stream (deno task stream does that)",
  );
  const chosenOn = {
    stream: "voices, 20 min",
    hours: 0.33,
    words: 40,
    missed: 3,
    falseAlarms: 1,
    allowedPerHour: 1,
  };
  assertEquals(
    ruleText({ ...model, rule: { ...rule, patience: 2 }, chosenOn }),
    "2 decisions in a row at the threshold, each a mean of 4; chosen on voices, 20 min: 3 of 40 words missed, 1 false alarm",
  );
  assertEquals(
    ruleText({ rule: { ...rule, thresholds: { yes: 0.4 } }, chosenOn }),
    "1 decision at its word's threshold (all move with the slider), each a mean of 4; chosen on voices, 20 min: 3 of 40 words missed, 1 false alarm",
  );
});
