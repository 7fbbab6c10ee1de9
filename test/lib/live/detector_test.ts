import { assertEquals } from "@std/assert";
import { Detector, type DetectorOptions, RunningMean } from "../../../lib/live/detector.ts";

const options = {
  classes: ["yes", "no", "_silence_"],
  smoothing: 2,
  threshold: 0.6,
  refractorySeconds: 1.2,
};

/** Detections over windows that are 0.25 s apart. */
function detect(windows: readonly (readonly number[])[], other: Partial<DetectorOptions> = {}): string[] {
  const detector = new Detector({ ...options, ...other });
  return windows.flatMap((window, i) => {
    const { detection } = detector.add(Float32Array.from(window), i * 0.25);
    return detection === undefined ? [] : [`${detection.label} ${detection.seconds}`];
  });
}

const yes = [0.9, 0.05, 0.05];
const no = [0.05, 0.9, 0.05];
const silence = [0, 0, 1];

const cases: readonly (readonly [string, readonly (readonly number[])[], readonly string[]])[] = [
  ["a word once, however long it lasts", [silence, yes, yes, yes, yes, yes, yes, yes], ["yes 0.5"]],
  ["not for a single window", [silence, yes, silence, no, silence, silence], []],
  ["the next word at once", [silence, yes, yes, no, no], ["yes 0.5", "no 1"]],
  [
    "a word again after a pause",
    [yes, silence, silence, silence, silence, yes, yes],
    ["yes 0", "yes 1.5"],
  ],
  ["not again within the pause", [yes, silence, silence, yes, yes], ["yes 0"]],
  ["never silence", [silence, silence, silence], []],
  ["not below the threshold", [[0.55, 0.4, 0.05], [0.55, 0.4, 0.05]], []],
];
for (const [name, windows, wanted] of cases) {
  Deno.test(`Detector finds ${name}`, () => assertEquals(detect(windows), wanted));
}

Deno.test("Detector averages over the last windows", () => {
  const detector = new Detector({ ...options, classes: ["yes", "no"] });
  detector.add(Float32Array.of(1, 0), 0);
  assertEquals(detector.add(Float32Array.of(0, 1), 1).smoothed, Float32Array.of(0.5, 0.5));
  assertEquals(detector.add(Float32Array.of(0, 1), 2).smoothed, Float32Array.of(0, 1));
});

const quiet = [0.1, 0.1, 0.8];

Deno.test("Detector arms a word again only after it fell below the threshold, however long it stays above", () => {
  const alone = { smoothing: 1, refractorySeconds: 0.5 };
  const long = Array.from({ length: 40 }, () => yes);
  assertEquals(detect(long, alone), ["yes 0"], "ten seconds above are one detection");
  assertEquals(detect([...long, quiet, yes], alone), ["yes 0", "yes 10.25"]);
  // Above the threshold, though another word is likelier for a while: not armed.
  const [lead, other] = [[0.5, 0.4, 0.1], [0.4, 0.5, 0.1]];
  assertEquals(detect([lead, other, lead, lead, lead], { ...alone, threshold: 0.3 }), ["yes 0", "no 0.25"]);
});

Deno.test("Detector comes back to the thresholds that it was given, wherever its threshold was meanwhile", () => {
  const own = { smoothing: 1, threshold: 0.7, thresholds: { yes: 1 } };
  const detector = new Detector({ ...options, ...own });
  for (const threshold of [0.99, 1, 0.7]) detector.threshold = threshold;
  assertEquals(detector.add(Float32Array.of(0.9999999, 0, 0), 0).detection, undefined);
  assertEquals(detector.add(Float32Array.of(1, 0, 0), 1).detection?.label, "yes");
});

Deno.test("Detector leaves out echoes of a word, and detects what is still likely behind them", () => {
  const windows = [yes, quiet, no, no, no, no, no, no];
  const echo = { smoothing: 1, echoSeconds: 1.4 };
  assertEquals(detect(windows, { smoothing: 1 }), ["yes 0", "no 0.5"]);
  assertEquals(detect(windows, echo), ["yes 0", "no 1.5"], "it is no echo any more");
  assertEquals(detect(windows.slice(0, 4), echo), ["yes 0"], "it is over before");
});

Deno.test("Detector has a timer for each word: none waits for another", () => {
  const slow = { smoothing: 1, refractorySeconds: 60 };
  assertEquals(detect([yes, quiet, no, quiet, yes, quiet, no], slow), ["yes 0", "no 0.5"]);
});

Deno.test("Detector waits for as many decisions in a row as its patience", () => {
  const alone = { smoothing: 1, patience: 3 };
  assertEquals(detect([yes, yes, quiet, yes, yes, quiet], alone), [], "a short word is missed");
  assertEquals(detect([yes, yes, yes, yes], alone), ["yes 0.5"]);
  assertEquals(detect([yes, yes, no, yes, yes], alone), [], "another word in between starts anew");
});

Deno.test("Detector follows a threshold that is changed", () => {
  const detector = new Detector({ ...options, smoothing: 1 });
  const weak = Float32Array.of(0.4, 0.1, 0.5);
  assertEquals(detector.add(weak, 0).detection, undefined);
  detector.threshold = 0.3;
  assertEquals(detector.add(weak, 0.1).detection?.label, "yes");
});

Deno.test("Detector hears each word at its own threshold, and arms it again below that", () => {
  const own = { smoothing: 1, threshold: 0.6, thresholds: { yes: 0.35, no: 0.95 } };
  assertEquals(detect([[0.4, 0.1, 0.5], quiet, [0.05, 0.9, 0.05], quiet, [0.02, 0.96, 0.02]], own), [
    "yes 0",
    "no 1",
  ]);
  // Between its own threshold and the common one it stays above: not armed.
  const between = [0.5, 0.1, 0.4];
  assertEquals(detect([yes, between, yes], { ...own, refractorySeconds: 0 }), ["yes 0"]);
  assertEquals(detect([yes, between, yes], { smoothing: 1, refractorySeconds: 0 }), ["yes 0", "yes 0.5"]);
});

Deno.test("Detector moves words' own thresholds with the common one", () => {
  const detector = new Detector({ ...options, smoothing: 1, threshold: 0.5, thresholds: { yes: 0.8 } });
  assertEquals(detector.add(Float32Array.of(0.6, 0.1, 0.3), 0).detection, undefined);
  detector.threshold = 0.2; // odds a quarter of those before: 0.8 becomes 0.5
  assertEquals(detector.threshold, 0.2);
  assertEquals(detector.add(Float32Array.of(0.45, 0.1, 0.45), 1).detection, undefined);
  assertEquals(detector.add(Float32Array.of(0.55, 0.1, 0.35), 2).detection?.label, "yes");
  assertEquals(detector.add(Float32Array.of(0.1, 0.25, 0.65), 3).detection?.label, "no");
});

Deno.test("Detector hears words that are likelier than all other words, though silence is likelier still", () => {
  assertEquals(detect([[0.3, 0.2, 0.5]], { smoothing: 1, threshold: 0.25 }), ["yes 0"]);
});

Deno.test("RunningMean does not drift over hours", () => {
  const mean = new RunningMean(1, 4);
  mean.add(Float32Array.of(1e7));
  let last = 0;
  for (let i = 0; i < 100_000; i++) last = mean.add(Float32Array.of(0.1))[0]!;
  assertEquals(last, Math.fround(0.1));
});
