import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/csv";
import { decode } from "fast-png";
import { writeRecognitionInputs } from "../../support/recognition_inputs.ts";
import { type Axes, writeReportInputs } from "../../support/report_inputs.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage, type StageResult } from "./stage_process.ts";

const SMALL: Axes = {
  models: ["linear"],
  frontends: ["nnaudio", "fastaudio"],
  bands: [8, 10],
  settings: ["A", "B", "D"],
  seeds: [0, 1],
  streams: true,
};
const MASKS: Axes = {
  ...SMALL,
  frontends: ["nnaudio"],
  bands: [10],
  others: [{}, { "frontend.mask": "0-60" }, { "frontend.mask": "180-241" }],
};

async function report(axes: Axes, folder: string, write = writeReportInputs): Promise<StageResult> {
  Deno.mkdirSync(folder);
  const { slice, inputs, origins } = write(folder, axes);
  const result = await runStage({ stage: "report", slice, inputs, origins, folder, packages: [] });
  assertDone(result);
  return result;
}

Deno.test("report draws every kind of figure without a complaint of Vega-Lite, reading its inputs alone", async () => {
  await using dir = tempDir();
  for (const [name, axes, wanted] of [["sweep", SMALL, "gain"], ["masks", MASKS, "mask"]] as const) {
    const folder = `${dir.path}/${name}`;
    const { messages } = await report(axes, folder);
    assertEquals(messages.filter((message) => message.type === "note"), []);
    const files = [...Deno.readDirSync(`${folder}/out/figures`)].map((entry) => entry.name);
    const kinds = new Set(files.map((file) => file.split(/[-.]/)[0]!));
    for (
      const kind of [
        "answer",
        "accuracy",
        wanted,
        "confusion",
        "pairs",
        "classes",
        "learning",
        "filters",
        "kernels",
        "values",
        "clips",
        "det",
        "misses",
      ]
    ) {
      assert(kinds.has(kind), `${name}: no figure ${kind} in ${[...kinds].join(" ")}`);
    }
    for (const file of files.filter((file) => file.endsWith(".svg"))) {
      const svg = Deno.readTextFileSync(`${folder}/out/figures/${file}`).replaceAll(/data:[^"]*/g, "");
      assertMatch(svg, /^<svg .*<\/svg>$/s);
      assert(
        !/var\(|NaN|undefined|Infinity/.test(svg),
        `${file}: ${/.{60}(var\(|NaN|undefined|Infinity).{20}/.exec(svg)?.[0]}`,
      );
    }
  }
});

Deno.test("report of recognisers shows phones taken for others, and utterances label by label", async () => {
  await using dir = tempDir();
  const axes = { ...SMALL, frontends: ["nnaudio"], bands: [40], settings: ["A", "D"] };
  const { messages } = await report(axes, `${dir.path}/asr`, writeRecognitionInputs);
  assertEquals(messages.filter((message) => message.type === "note"), []);
  const html = Deno.readTextFileSync(`${dir.path}/asr/out/report.html`);
  assertMatch(html, /points of 39-phone error rate/);
  const counted = (kind: string) => html.split(`<span class="${kind}">`).length - 1;
  for (const kind of ["right", "other", "inserted", "left-out"]) assert(counted(kind) > 3, kind);
  assertEquals(html.split('<div class="alignment">').length - 1, 14);
  assertMatch(html, /errors: 100\.0 % of its labels/);
  const pairs = parse(Deno.readTextFileSync(`${dir.path}/asr/out/figures/pairs.csv`), { skipFirstRow: true });
  assertMatch(pairs[0]!["pair"]!, / for | inserted$| left out$/);
  assert(Number(pairs[0]!["count"]) >= Number(pairs[1]!["count"]));
  const classes = Deno.readTextFileSync(`${dir.path}/asr/out/figures/classes.csv`).trim().split("\r\n");
  assertEquals(classes.length, 1 + 2 * 2 * 39); // settings, seeds, folded phones
});

Deno.test("report writes the same bytes again, with all data as CSV", async () => {
  await using dir = tempDir();
  const axes = { ...SMALL, frontends: ["nnaudio"], settings: ["A", "B"] };
  for (const name of ["a", "b"]) await report(axes, `${dir.path}/${name}`);
  const page = (name: string) => Deno.readTextFileSync(`${dir.path}/${name}/out/report.html`);
  assertEquals(page("a"), page("b"));
  const rows = parse(Deno.readTextFileSync(`${dir.path}/a/out/figures/accuracy.csv`), { skipFirstRow: true });
  assertEquals(rows.length, 2 * 2); // numbers of bands, settings; seeds are one value
  assertEquals(rows[0]!["runs"], "linear-nnaudio-A-mel8-seed0 linear-nnaudio-A-mel8-seed1");
  assert(Number(rows[0]!["low"]) < Number(rows[0]!["value"]));
});

Deno.test("report keeps texts from elsewhere texts", async () => {
  await using dir = tempDir();
  await report({ ...SMALL, settings: ["A"] }, `${dir.path}/a`);
  const html = Deno.readTextFileSync(`${dir.path}/a/out/report.html`);
  assert(html.includes("\\u003c/script>\\u003cimg"));
  assertEquals(html.replaceAll('<img alt="What the trained front-end makes of ', "").includes("<img"), false);
});

Deno.test("png draws each SVG at twice its size, with letters", async () => {
  await using dir = tempDir();
  const figures = `${dir.path}/figures`;
  Deno.mkdirSync(figures);
  Deno.writeTextFileSync(
    `${figures}/a.svg`,
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" viewBox="0 0 40 20">' +
      '<text x="2" y="16" font-size="16" font-family="nowhere, sans-serif">Mel</text></svg>',
  );
  Deno.writeTextFileSync(`${figures}/a.csv`, "");
  const packages = ["@resvg/resvg-wasm", "@expo-google-fonts/pt-sans"];
  assertDone(
    await runStage({ stage: "png", slice: { scale: 2 }, inputs: { figures }, folder: dir.path, packages }),
  );
  assertEquals([...Deno.readDirSync(`${dir.path}/out/png`)].map(({ name }) => name), ["a.png"]);
  const { width, height, data } = decode(Deno.readFileSync(`${dir.path}/out/png/a.png`));
  assertEquals([width, height], [80, 40]);
  assert(data.some((value) => value < 100), "nothing is drawn");
});
