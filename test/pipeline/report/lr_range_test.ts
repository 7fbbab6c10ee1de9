import { assertEquals, assertStringIncludes } from "@std/assert";
import type { LrRangeRecord } from "../../../lib/records/lr_range.ts";
import { lrRangeCsv, shownLrRange } from "../../../pipeline/report/text/lr_range.ts";
import { textPlot } from "../../../pipeline/report/text/text_plot.ts";

/** A test from 0.001 to 10 with a point a decade, cut off after `losses`. */
function record(losses: readonly number[], suggestion: LrRangeRecord["suggestion"]): LrRangeRecord {
  const points = losses.map((loss, i) => {
    const model = 10 ** (i - 3);
    return { step: i + 1, rates: { model, stft: 10 * model, mel: model / 100 }, loss, smoothed: loss };
  });
  return {
    range: { low: 0.001, high: 10, steps: 5 },
    points,
    suggestion,
    highest: { model: 10, stft: 100, mel: 0.1 },
    groups: ["stft", "model"],
  };
}

Deno.test("textPlot() draws highest at the top, lowest at the bottom, and what is too high at the edge", () => {
  const plot = { width: 5, height: 3, most: 3, marks: [{ at: 0.5, sign: "S" }] };
  assertEquals(textPlot([3, 2, 1, 2, 9], 1, plot), [
    "3 |*   ^",
    "  | * *",
    "1 |  *",
    "  +--S--",
  ]);
});

Deno.test("textPlot() ends where the values end, and takes equal values", () => {
  const plot = { width: 4, height: 2, most: 5, marks: [] };
  assertEquals(textPlot([2, 1], 0.5, plot), ["2 |*", "1 | *", "  +----"]);
  assertEquals(textPlot([2], 1, plot).length, 3);
});

Deno.test("shownLrRange() says where to train, for each trained group in its ratio", () => {
  const text = shownLrRange(
    "run",
    record([2, 1.5, 1, 8], { steepest: 0.01, lowest: 0.1, tenthOfLowest: 0.01 }),
  ).join("\n");
  assertStringIncludes(text, "run: loss");
  assertStringIncludes(text, "ended at 1, where the loss had grown beyond use");
  assertStringIncludes(text, "optim.stft.lr=0.1 optim.model.lr=0.01");
  assertEquals(text.includes("optim.mel.lr"), false);
});

Deno.test("shownLrRange() says when the range was too low, and when nothing was learnt", () => {
  const low = record([5, 4, 3, 2, 1], { steepest: 0.1, lowest: 10, tenthOfLowest: 1 });
  assertStringIncludes(shownLrRange("run", low).join("\n"), "raise --high");
  assertStringIncludes(shownLrRange("run", record([1, 2, 3], null)).join("\n"), "The loss never fell");
});

Deno.test("lrRangeCsv() has a line for each step with the rate of each group", () => {
  const lines = lrRangeCsv(record([2, 1.5], null)).trim().split("\r\n");
  assertEquals(lines, [
    "step,rate_model,rate_stft,rate_mel,loss,smoothed",
    "1,0.001,0.01,0.00001,2,2",
    "2,0.01,0.1,0.0001,1.5,1.5",
  ]);
});
