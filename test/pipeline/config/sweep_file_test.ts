import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import type { ConfReader } from "../../../pipeline/config/compose.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { expandSweep } from "../../../pipeline/config/sweep.ts";
import { sweepFile } from "../../../pipeline/config/sweep_file.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";

const conf = openConf(fromFileUrl(new URL("../../../conf", import.meta.url)));

/** The project's configuration with one sweep file, `mine`. */
function withFile(text: string): ConfReader {
  const mine = readYaml("conf/sweep/mine.yaml", text);
  return {
    ...conf,
    choices: (group) => (group === "sweep" ? ["mine"] : conf.choices(group)),
    choice: (group, name) => (group === "sweep" ? mine : conf.choice(group, name)),
  };
}

async function expand(text: string, ...typed: string[]) {
  const reader = withFile(text);
  return await expandSweep(reader, "kws", typed.map(parseOverride), sweepFile(reader, "mine"));
}

const MINE = "overrides:\n  trainer: paper\n  n_mels: 20\naxes:\n  setting: [A, D]\n  seed: [1, 2]\n";

Deno.test("sweepFile() sets values and varies axes, each with its file and line", async () => {
  const { axes, points } = await expand(MINE);
  assertEquals(axes, ["setting", "seed"]);
  assertEquals(points.map((p) => [p.config.setting, p.config.seed]), [["A", 1], ["A", 2], ["D", 1], [
    "D",
    2,
  ]]);
  assertEquals([points[0]!.config.trainer.epochs, points[0]!.config.frontend["n_mels"]], [200, 20]);
  const { origins } = points[3]!.composed;
  assertEquals(origins.get("seed"), "conf/sweep/mine.yaml:6 (seed=2)");
  assertEquals(origins.get("frontend.n_mels"), "conf/sweep/mine.yaml:3 (n_mels=20)");
});

Deno.test("sweepFile() gives way to what is typed, whether a value, a sweep or a choice", async () => {
  const { axes, points } = await expand(MINE, "setting=B", "frontend.n_mels=10,30", "trainer=short");
  assertEquals(axes, ["seed", "frontend.n_mels"]);
  assertEquals([points.length, points[0]!.config.setting, points[0]!.config.trainer.epochs], [4, "B", 10]);
});

Deno.test("a setting that is typed beside a file's list of trained parts is refused, and told how to have it", async () => {
  const lists = "axes:\n  frontend.trained: [[], [mel]]\n";
  const error = await assertRejects(() => expand(lists, "setting=D"), UserError);
  assertEquals(
    error.message,
    "Cannot use setting=D beside conf/sweep/mine.yaml:2, whose frontend.trained says what is trained in the setting's " +
      "place; wanted one of the two. Leave setting out, or type frontend.trained=null.",
  );
  const settings = async (...typed: string[]) =>
    (await expand(lists, ...typed)).points.map(({ config }) => config.setting);
  assertEquals(await settings(), ["A", "B"]);
  assertEquals(await settings("setting=D", "frontend.trained=null"), ["D"]);
  assertEquals(await settings("setting=D", "frontend.trained=[mel]"), ["B"]);
});

Deno.test("every file in conf/sweep makes runs that pass all checks", async () => {
  const runs: Record<string, number> = {};
  for (const name of conf.choices("sweep")) {
    const task = name.endsWith("_asr") ? "asr" : "kws";
    runs[name] = (await expandSweep(conf, task, [], sweepFile(conf, name))).points.length;
  }
  assertEquals(runs, {
    adapt_pcen: 2,
    frontends: 8,
    leaf_cut: 6,
    masks: 10,
    n_mels: 8,
    normalise: 4,
    paper_asr: 8,
    paper_effect: 24,
    paper_settings: 8,
    random_mel: 8,
    seeds: 20,
    settings: 8,
    when_training_pays: 480,
  });
});

const REFUSED: readonly [string, string][] = [
  [
    "axis: {seed: [1]}",
    'conf/sweep/mine.yaml:1: unknown key axis; wanted overrides or axes. Did you mean "axes"?',
  ],
  ["axes:\n  seed: 1", "conf/sweep/mine.yaml:2: seed: wanted a list of values, as in [1, 2], found 1."],
  ["axes:\n  seed: []", "wanted a list of values, as in [1, 2], found []."],
  ["axes: [seed]", 'conf/sweep/mine.yaml:1: axes: wanted keys and values, found ["seed"].'],
  ["axes:\n  sede: [1, 2]", 'conf/sweep/mine.yaml:2 (sede=1): unknown key sede. Did you mean "seed"?'],
  ["overrides:\n  model: liner", "conf/sweep/mine.yaml:2 (model=liner): conf/model/ has no liner.yaml"],
  [
    "axes:\n  n_mels: [40, 0]",
    "conf/sweep/mine.yaml:2 (frontend.n_mels=0): frontend.n_mels: wanted at least 1",
  ],
];

for (const [text, message] of REFUSED) {
  Deno.test(`sweepFile() refuses ${JSON.stringify(text)}`, async () => {
    await assertRejects(() => expand(text), UserError, message);
  });
}

Deno.test("sweepFile() names the files there are, and the nearest, when there is no such file", () => {
  assertThrows(
    () => sweepFile(conf, "paper_setings"),
    UserError,
    "Cannot use --config paper_setings: conf/sweep/ has no paper_setings.yaml, only",
  );
  assertThrows(() => sweepFile(conf, "paper_setings"), UserError, 'Did you mean "paper_settings"?');
});
