import { assertAlmostEquals, assertEquals } from "@std/assert";
import { movedTo, thresholdOf, thresholdsIn } from "../../../lib/live/thresholds.ts";
import type { Thresholds } from "../../../lib/records/operating_point.ts";

const rule: Thresholds = { threshold: 0.5, thresholds: { yes: 0.8, no: 0.2 } };

Deno.test("words without a threshold of their own have the common one, whatever their names", () => {
  assertEquals(["yes", "no", "up", "constructor"].map((word) => thresholdOf(rule, word)), [
    0.8,
    0.2,
    0.5,
    0.5,
  ]);
  assertEquals([...thresholdsIn(["no", "_silence_", "yes"], rule)], [0.2, 0.5, 0.8]);
  assertEquals(
    [...thresholdsIn(["no", "yes"], { threshold: 0.7 })],
    [0.7, 0.7],
    "one number is for all words",
  );
});

Deno.test("thresholds move together by as many log odds", () => {
  const moved = movedTo(rule, 0.8); // odds of 1 to 4
  assertEquals(moved.threshold, 0.8);
  assertAlmostEquals(moved.thresholds!["yes"]!, 16 / 17);
  assertAlmostEquals(moved.thresholds!["no"]!, 0.5);
  const back = movedTo(moved, 0.5).thresholds!;
  assertAlmostEquals(back["yes"]!, 0.8);
  assertAlmostEquals(back["no"]!, 0.2);
});

Deno.test("a rule that is moved to where it is stays as it is, at 1 too, and from 1 on all words have that", () => {
  assertEquals(movedTo(rule, 0.5), rule);
  const certain = { threshold: 1, thresholds: { yes: 0.8 } };
  assertEquals(movedTo(certain, 1), certain);
  assertEquals(movedTo(rule, 1), { threshold: 1 });
  assertEquals(movedTo(rule, Infinity), { threshold: Infinity });
  assertEquals(movedTo({ threshold: 0.5 }, 0.9), { threshold: 0.9 });
});

Deno.test("a threshold of 1 moves like one that float32 just knows from it", () => {
  const { thresholds } = movedTo({ threshold: 0.5, thresholds: { yes: 1, no: 0.5 } }, 0.1);
  assertEquals(thresholds!["yes"]! > 0.999_999 && thresholds!["yes"]! < 1, true);
  const fromOne = movedTo({ threshold: 1, thresholds: { yes: 0.999 } }, 0.9).thresholds!["yes"]!;
  assertEquals(fromOne > 0 && fromOne < 0.9, true);
});
