import { assertEquals } from "@std/assert";
import { describeDraws, describeWeights } from "../../../lib/train/draws.ts";

Deno.test("what an epoch draws is told by class, and classes of few examples are warned of", () => {
  const labels = Int32Array.from({ length: 25 }, (_, row) => row < 20 ? 0 : 2);
  const source = {
    count: 25,
    names: [],
    classes: ["yes", "absent", "rare"],
    frames: new Int32Array(25),
    labelsOf: (row: number) => labels.subarray(row, row + 1),
  };
  const { drawn, few } = describeDraws(source, [[0, 1, 24], [23, 24]]);
  assertEquals(drawn, "The first epoch draws yes 2 (of 20), rare 3 (of 5)");
  assertEquals(few?.startsWith("Of rare (5) there are fewer than 10 clips"), true);
  const plenty = { ...source, classes: ["yes", "absent", "yes too"], count: 20 };
  assertEquals(describeDraws(plenty, [[0]]).few, null);
});

Deno.test("what classes weigh is told, of those that have clips", () => {
  const text = describeWeights(["yes", "absent", "rare"], Float32Array.of(0.625, 0, 2.5));
  assertEquals(text, "The loss weighs a clip by its class: yes 0.625, rare 2.50");
});
