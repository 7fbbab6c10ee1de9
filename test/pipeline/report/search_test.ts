import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { UserError } from "../../../lib/base/errors.ts";
import type { History } from "../../../lib/records/history.ts";
import { parseSearch, searchText } from "../../../lib/records/search.ts";
import { searchFigures } from "../../../pipeline/report/figures/search_figures.ts";
import { renderSvg } from "../../../pipeline/report/page/render_svg.ts";
import { searchCsv, shortKeys, shownSearch } from "../../../pipeline/report/text/search.ts";
import { searchRecord } from "../../support/search_record.ts";

Deno.test("a search's record is read as it was written, and nothing else is read for one", () => {
  const record = searchRecord({ budget: null });
  assertEquals(parseSearch(searchText(record), "f"), record);
  assertThrows(
    () => parseSearch(searchText(record).replace('"spent"', '"spend"'), "f"),
    UserError,
    "Search again.",
  );
});

Deno.test("shownSearch() has the furthest trials first, of these the better, and failures last", () => {
  const lines = shownSearch(searchRecord());
  const rows = lines.filter((line) => /^ +\d/.test(line));
  assertEquals(rows.map((row) => Number(/\d+/.exec(row)![0])), [2, 4, 1, 5, 3]);
  assert(rows.at(-1)!.endsWith("Training stopped in epoch 1 after step 3."), rows.at(-1));
  const text = lines.join("\n");
  assertStringIncludes(text, "5 trials, 7 epochs of at most 20: 46.7 % of the 15");
  assertStringIncludes(text, "validation loss 1.25 after 3 of 3 epochs");
  assertStringIncludes(text, "Run it: deno task sweep optim.model.lr=0.02 model=ds_cnn\nWith other seeds: ");
  assert(text.endsWith("deno task sweep optim.model.lr=0.02 model=ds_cnn seed=1,2,3"), text);
  const seeds = shownSearch(searchRecord({ command: "deno task sweep optim.model.lr=0.02 seed=3" }));
  assertEquals(seeds.at(-1), "Run it: deno task sweep optim.model.lr=0.02 seed=3");
});

Deno.test("shownSearch() shows rates as percentages, higher ones first, and says when the test was asked", () => {
  const objective = {
    name: "accuracy",
    title: "test accuracy",
    as: "percent",
    lowerIsBetter: false,
    ofTest: true,
  } as const;
  const [low, high] = [0.25, 0.5].map((score, i) => ({
    number: i + 1,
    values: [0.1, "linear"],
    run: "r",
    scores: [{ epochs: 3, score }],
    failure: null,
  }));
  const text = shownSearch(searchRecord({ objective, trials: [low!, high!], best: 2 })).join("\n");
  assert(text.indexOf("50.0 %") < text.indexOf("25.0 %"));
  assertStringIncludes(text, "It was chosen by the test split");
});

Deno.test("searchCsv() has every trial in its order, unrounded, with a column for each rung", () => {
  const rows: Record<string, string>[] = parse(searchCsv(searchRecord()), { skipFirstRow: true });
  assertEquals(rows.map((row) => [row["trial"], row["epoch_1"], row["epoch_3"]]), [
    ["1", "1.5", ""],
    ["2", "1.2", "1.25"],
    ["3", "", ""],
    ["4", "1.1", ""],
    ["5", "25", ""],
  ]);
});

Deno.test("searchFigures() draws each trial with a score, over trials and over each value", async () => {
  const epoch = (epoch: number, validationLoss: number): History["epochs"][number] => ({
    epoch,
    steps: epoch,
    lr: {},
    loss: validationLoss,
    accuracy: 0,
    validationLoss,
    validationAccuracy: 0,
  });
  const history = (...losses: number[]): History => ({
    format: 1,
    bestEpoch: 1,
    epochs: losses.map((loss, i) => epoch(i + 1, loss)),
  });
  const histories = new Map([[1, history(1.5)], [2, history(1.2, 1.25, 1.3)], [4, history(1.1)], [
    5,
    history(25),
  ]]);
  const figures = searchFigures(searchRecord(), histories);
  assertEquals(figures.map(({ id, panels }) => [id, panels.map(({ id }) => id)]), [
    ["trials", ["order", "value1", "value2"]],
    ["curves", ["loss"]],
  ]);
  const warnings: string[] = [];
  for (const { spec } of figures.flatMap(({ panels }) => panels)) {
    const svg = await renderSvg(spec, "x-", (message) => warnings.push(message));
    assertStringIncludes(svg, "<svg");
  }
  assertEquals(warnings, []);
  assertEquals(figures[0]!.data.map(({ trial, fate }) => [trial, fate]), [
    [1, "cut short"],
    [2, "best"],
    [4, "cut short"],
    [5, "cut short"],
  ]);
  assertEquals(figures[1]!.data.length, 6);
  assertEquals(searchFigures(searchRecord({ trials: [], best: null }), new Map()), []);
});

Deno.test("shortKeys() are as long as they must be", () => {
  assertEquals(shortKeys(["optim.model.lr", "trainer.batch_size"]), ["lr", "batch_size"]);
  assertEquals(shortKeys(["optim.model.lr", "optim.stft.lr", "seed"]), ["model.lr", "stft.lr", "seed"]);
});
