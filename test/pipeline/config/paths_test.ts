/** What relative paths are relative to. */
import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../../lib/base/json.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { expandSweep } from "../../../pipeline/config/sweep.ts";
import { sweepFile } from "../../../pipeline/config/sweep_file.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";
import { ROOT } from "../../support/graphs.ts";
import { tempDir } from "../../support/temp_dir.ts";

const conf = openConf(`${ROOT}/conf`, "/home/ann");

async function valuesOf(task: string, ...texts: string[]): Promise<JsonObject[]> {
  const { points } = await expandSweep(conf, task, texts.map(parseOverride));
  return points.map(({ config: { dataset, init_from } }) => ({ ...dataset, init_from }));
}

Deno.test("typed paths are relative to where the user stands, those in files to the project", async () => {
  const folder = ["dataset=folder", "init_from=best.safetensors"];
  const found = await valuesOf("kws", ...folder, "root=recordings,../b,/absolute,.");
  assertEquals(found.map((values) => values["root"]), [
    "/home/ann/recordings",
    "/home/b",
    "/absolute",
    "/home/ann",
  ]);
  assertEquals(found[0]!["init_from"], "/home/ann/best.safetensors");
  const [kaldi] = await valuesOf("asr", "dataset=kaldi", "dataset.root=corpus");
  assertEquals([kaldi!["root"], kaldi!["phone_map"]], [
    "/home/ann/corpus",
    `${ROOT}/conf/phones/arpabet.txt`,
  ]);
  const [archives] = await valuesOf("kws", "dataset=speech_commands", "test_root=t");
  assertEquals([archives!["root"], archives!["test_root"]], [null, "/home/ann/t"]);
});

Deno.test("paths in a sweep's file are relative to the project", async () => {
  const mine = readYaml("conf/sweep/mine.yaml", "overrides: {dataset: folder}\naxes: {root: [data/a, /b]}");
  const reader = {
    ...conf,
    choices: (group: string) => group === "sweep" ? ["mine"] : conf.choices(group),
    choice: (group: string, name: string) => group === "sweep" ? mine : conf.choice(group, name),
  };
  const { points } = await expandSweep(reader, "kws", [], sweepFile(reader, "mine"));
  assertEquals(points.map(({ config }) => config.dataset["root"]), [`${ROOT}/data/a`, "/b"]);
});

Deno.test("deno task takes relative paths from the folder that it is called in", async () => {
  await using dir = tempDir();
  Deno.mkdirSync(`${dir.path}/inner`);
  const args = ["task", "--quiet", "--config", `${ROOT}/deno.json`, "kws", "dataset=folder", "root=../r"];
  const { INIT_CWD: _outer, ...env } = Deno.env.toObject();
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--print-config"],
    cwd: `${dir.path}/inner`,
    env,
    clearEnv: true,
  }).output();
  const root = /^dataset\.root: "(.*)"/m.exec(new TextDecoder().decode(stdout))?.[1];
  assertEquals(root, `${Deno.realPathSync(dir.path)}/r`);
});
