import { assert, assertEquals } from "@std/assert";
import { classScorePlot, confusedPairsPlot, confusionPlot } from "../../../lib/plots/class_plots.ts";
import { forestPlot, intervalPlot } from "../../../lib/plots/interval_plot.ts";
import type { Spec } from "../../../lib/plots/spec.ts";
import { renderSvg } from "../../../pipeline/report/page/render_svg.ts";

/** Of every object, of Vega's own signals and data, and signs that mean something in expressions and in SVG. */
const NAMES = [
  "toString",
  "constructor",
  "__proto__",
  "width",
  "hasOwnProperty",
  "y_step",
  "data",
  "a\"b' \\ c",
];

const between = { low: 0.1, high: 0.9, value: 0.5, note: "" };
const plots: Readonly<Record<string, Spec>> = {
  confusion: confusionPlot(NAMES, NAMES.map((_, i) => NAMES.map((_, j) => i * j))),
  score: classScorePlot(
    NAMES,
    NAMES.map((label, i) => ({ label, setting: "D", score: i / 10 })),
    "recall (%)",
  ),
  pairs: confusedPairsPlot(NAMES.map((pair) => ({ pair, count: 3 })), "errors", 3),
  gains: forestPlot(NAMES.map((line) => ({ line, setting: "D", ...between })), "gain"),
  scores: intervalPlot(NAMES.map((x) => ({ x, setting: "D", ...between })), { x: "value", y: "accuracy" }),
};

for (const [name, spec] of Object.entries(plots)) {
  Deno.test(`names of any kind stand in their order in the plot of ${name}`, async () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const warnings: string[] = [];
    const svg = await renderSvg(spec, "p-", (message) => warnings.push(message));
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
      text!.replaceAll("&amp;", "&")
    );
    const shown = texts.filter((text) => NAMES.includes(text));
    const first = shown.slice(0, NAMES.length);
    assert([NAMES, NAMES.toReversed()].some((order) => order.join() === first.join()), shown.join());
    assertEquals(warnings, []);
    assertEquals(Object.getOwnPropertyNames(Object.prototype), before);
  });
}
