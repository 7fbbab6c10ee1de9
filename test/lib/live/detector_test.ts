import { assertEquals } from "@std/assert";
import { Detector } from "../../../lib/live/detector.ts";

const options = {
  classes: ["yes", "no", "_silence_"],
  smoothing: 2,
  threshold: 0.6,
  pauseSeconds: 1.2,
};

/** Detections over windows that are 0.25 s apart. */
function detect(windows: readonly (readonly number[])[]): string[] {
  const detector = new Detector(options);
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
