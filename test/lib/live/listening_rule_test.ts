import { assertEquals } from "@std/assert";
import { listeningRule } from "../../../lib/live/listening_rule.ts";
import type { OperatingPoint } from "../../../lib/records/operating_point.ts";

const clip = { clipSamples: 16000, sampleRate: 16000, operatingPoint: undefined };
const operatingPoint: OperatingPoint = {
  hopSeconds: 0.1,
  smoothing: 6,
  patience: 1,
  threshold: 0.9,
  thresholds: { yes: 0.7 },
  refractorySeconds: 0.8,
  chosenOn: { stream: "voices", hours: 2, words: 9, missed: 1, falseAlarms: 0, allowedPerHour: 1 },
};

Deno.test("listeningRule() is what a stream chose, in which echoes are reckoned with", () => {
  const { chosenOn: _, ...chosen } = operatingPoint;
  assertEquals(listeningRule({ ...clip, operatingPoint }), { ...chosen, echoSeconds: 0 });
  assertEquals(listeningRule({ ...clip, operatingPoint }, { patience: 3 }).patience, 3);
});

Deno.test("listeningRule() waits without one until no window has anything of a word any more", () => {
  const { refractorySeconds, echoSeconds, threshold } = listeningRule(clip);
  assertEquals([refractorySeconds, echoSeconds, threshold], [1.4, 1.4, 0.5]);
  assertEquals(listeningRule(clip, { smoothing: 1, hopSeconds: 0.25 }).refractorySeconds, 1.25);
  assertEquals(listeningRule(clip, { refractorySeconds: 0.5 }).echoSeconds, 0.5);
});
