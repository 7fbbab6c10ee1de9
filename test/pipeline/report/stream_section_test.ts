import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TEN_WORDS } from "../../../lib/data/words_layout/vocabulary.ts";
import { alarmPlot, detPlot } from "../../../lib/plots/det_plot.ts";
import type { StreamRecord } from "../../../lib/records/stream.ts";
import { alarmCurve, detCurve } from "../../../pipeline/report/figures/stream_curves.ts";
import type { ReportRun } from "../../../pipeline/report/page/report_data.ts";
import { streamParts } from "../../../pipeline/report/page/stream_section.ts";
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
