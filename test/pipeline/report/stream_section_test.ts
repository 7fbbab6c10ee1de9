import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TEN_WORDS } from "../../../lib/data/words_layout/vocabulary.ts";
import { alarmPlot, detPlot } from "../../../lib/plots/det_plot.ts";
import { parseStream, type StreamRecord, streamText } from "../../../lib/records/stream.ts";
import { alarmCurve, detCurve } from "../../../pipeline/report/figures/stream_curves.ts";
import type { ReportRun } from "../../../pipeline/report/page/report_data.ts";
import { streamParts } from "../../../pipeline/report/page/stream_section.ts";
import { detCsv, shownStream } from "../../../pipeline/report/text/stream.ts";
import { measuredStream } from "../../support/measured_stream.ts";

const CLASSES = [...TEN_WORDS, "_silence_", "_unknown_"];

function runOf(setting: string, seed = 0): ReportRun {
  return {
    ...{
      run: `linear-${setting}-seed${seed}`,
      model: "linear",
      frontend: "nnaudio",
      bands: 40,
      seed,
      setting,
    },
    ...{ other: {}, trained: {}, sampleRate: 16000, maskedHz: null, uncoveredBins: 0 },
  };
}

function parts(of: readonly (readonly [ReportRun, StreamRecord])[]) {
  const streams = new Map(of.map(([run, record]) => [run.run, record]));
  return streamParts({ runs: of.map(([run]) => run), streams });
}

const heard = (name: string, skill: number, labelled = true) =>
  measuredStream(name, { classes: CLASSES, skill, labelled });

const often = (name: string, thresholds: "word" | "common") =>
  measuredStream(name, { classes: CLASSES, skill: 0.6, said: 100, mistaken: Array(7).fill(0.1), thresholds });

Deno.test("without a run that listened there is nothing to tell", () => {
  assertEquals(streamParts({ runs: [runOf("A")], streams: new Map() }), { text: [], figures: [], table: "" });
});

Deno.test("runs that listened are told by misses at rates, their operating points and what so short a stream leaves open", () => {
  const [worse, better] = [heard("a", 0.4), heard("b", 1)];
  const { text, figures, table } = parts([[runOf("A"), worse], [runOf("D"), better]]);
  assert(better.operating.missed < worse.operating.missed, "the streams are of no use to this test");
  assertStringIncludes(text[0]!, "Fewest missed: linear, nnaudio: D, 40 bands, seed 0 misses ");
  assertMatch(
    text[1]!,
    /^Listened to voices, 5 min, 10 dB \(5 min 00 s\) with 20 words, .* at most 12 false alarms an hour\.$/,
  );
  assertMatch(text[2]!, /^In 5 min 00 s a rate of 0\.1 or 0\.5 or 1 an hour allows no alarm at all/);
  assertEquals(text.length, 3); // once, though two runs listened
  assertEquals(figures.map(({ id, panels }) => [id, panels.length]), [["det", 1], ["misses", 1]]);
  const [det, misses] = figures;
  assertEquals(det!.panels[0]!.title, "linear, nnaudio, 40 bands, seed 0");
  assertEquals(det!.data.length, worse.curve.length + better.curve.length);
  assertEquals(det!.data.at(-1)!["threshold"], "infinity");
  assertEquals(misses!.data.map((row) => [row["setting"], row["false_alarms_per_hour"], row["miss_rate"]]), [
    ...worse.atRates.map(({ perHour, missRate }) => ["A", perHour, missRate!.value]),
    ...better.atRates.map(({ perHour, missRate }) => ["D", perHour, missRate!.value]),
  ]);
  for (const title of ["0.1 an hour", "0.5 an hour", "1 an hour", "operating point", "latency (median)"]) {
    assertStringIncludes(table, `>${title}</button>`);
  }
});

Deno.test("misses at a rate are means over seeds, with intervals no narrower than a stream's own", () => {
  const records = [heard("a", 0.6), heard("b", 0.6)];
  const { figures } = parts(records.map((record, seed) => [runOf("D", seed), record] as const));
  const [row] = figures.find(({ id }) => id === "misses")!.data;
  const all = records.map(({ atRates }) => atRates[0]!.missRate!);
  const mean = (of: (one: typeof all[number]) => number) => all.reduce((sum, one) => sum + of(one) / 2, 0);
  assertEquals([row!["miss_rate"], row!["low"]], [mean(({ value }) => value), mean(({ low }) => low)]);
  assertEquals(row!["runs"], "linear-D-seed0 linear-D-seed1");
});

Deno.test("of a stream that nobody labelled nothing is said or drawn of misses", () => {
  const record = heard("a", 0.8, false);
  assertEquals([record.test.words, detCurve(record)], [null, undefined]);
  const { text, figures, table } = parts([[runOf("D"), record]]);
  assertEquals(figures.map(({ id }) => id), ["alarms"]);
  assert(!JSON.stringify(figures[0]!.panels).includes("missed"));
  assertEquals(figures[0]!.data.every(({ missed, words }) => missed === null && words === null), true);
  assertStringIncludes(text[0]!, "without labels, so that every detection counts as a false alarm");
  assertStringIncludes(table, "not labelled");
  assert(!table.includes("0.0 %"));
});

Deno.test("curves of several runs are told apart by setting, one alone needs no legend", () => {
  const record = heard("a", 0.8);
  const [alone, one, other] = [detCurve(record)!, detCurve(record, "A")!, detCurve(record, "D")!];
  assert(!JSON.stringify(detPlot([alone])).includes('"setting"'));
  assertStringIncludes(JSON.stringify(detPlot([one, other])), '"domain":["A","D"]');
  assertStringIncludes(JSON.stringify(alarmPlot([alarmCurve(record, "D")])), '"domain":["D"]');
  const bars = (curves: number) =>
    (detPlot(Array.from({ length: curves }, () => one))["layer"] as readonly {
      readonly mark: { readonly type: string };
    }[])
      .filter(({ mark }) => mark.type === "rule").length;
  assertEquals([bars(4), bars(5)], [2, 0]); // more would hide each other
});

Deno.test("where words have thresholds of their own, the page has beside them what one threshold does", () => {
  const [own, one] = [often("a", "word"), often("a", "common")];
  const { operatingPoint: { threshold, thresholds }, common } = own;
  assertEquals(Object.keys(thresholds!), TEN_WORDS);
  const { operatingPoint, operating, curve, atRates } = one;
  const { smoothing, patience } = operatingPoint;
  assertEquals(common, {
    smoothing,
    patience,
    threshold: operatingPoint.threshold,
    operating,
    curve,
    atRates,
  });
  const stored = own.curve.find((point) => point.threshold === threshold)!;
  assertEquals(
    [stored.missed, stored.falseAlarms],
    [own.operating.missed, own.operating.falseAlarms],
    "the rule that is kept lies on its curve",
  );
  const { text, figures, table } = parts([[runOf("D"), own]]);
  assertStringIncludes(text.join("\n"), "With one for all words, chosen likewise, it misses ");
  const det = figures.find(({ id }) => id === "det")!;
  assertEquals(det.data.map((row) => row["thresholds"]), [
    ...own.curve.map(() => "word"),
    ...common!.curve.map(() => "common"),
  ]);
  assertStringIncludes(JSON.stringify(det.panels), '"strokeDash"');
  assertStringIncludes(det.reading, "dashed is one threshold for all words");
  for (const title of ["operating point", "with one threshold"]) {
    assertStringIncludes(table, `>${title}</button>`);
  }
  const without = parts([[runOf("D"), one]]);
  assert(
    !JSON.stringify(without).includes("one threshold"),
    "nothing is said of it where it is all there is",
  );
  assert(!JSON.stringify(without).includes("strokeDash"));
});

Deno.test("a stream's text tells thresholds of words, and what one threshold does at the same rates", () => {
  const own = often("a", "word");
  const lines = shownStream("toy", own).flatMap((line) => line.split("\n"));
  const found = (start: string) => lines.filter((line) => line.startsWith(start)).length;
  assertEquals([found("at most 0.1"), found("operating point"), found("operating point, one threshold")], [
    2,
    2,
    1,
  ]);
  const [yes] = Object.values(own.operatingPoint.thresholds!);
  assertEquals(found(`Thresholds: yes ${yes!.toPrecision(3)}, no `), 1);
  const rows = detCsv(own).trim().split("\r\n");
  assertEquals(rows.length, 1 + own.curve.length + own.common!.curve.length);
  assertEquals([rows[1]!.split(",")[0], rows.at(-1)!.split(",")[0]], ["word", "common"]);
  assertEquals(parseStream(streamText(own), "x"), own);
  const one = shownStream("toy", often("a", "common")).join("\n");
  assert(!one.includes("one threshold") && !one.includes("Thresholds:"));
});
