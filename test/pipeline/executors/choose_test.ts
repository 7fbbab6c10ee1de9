import { assertEquals, assertObjectMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { chooseExecutor } from "../../../pipeline/executors/choose.ts";

const conf = openConf(new URL("../../../conf", import.meta.url).pathname);
const choose = (name: string | undefined, ...overrides: string[]) =>
  chooseExecutor(conf, name, overrides.map(parseOverride));

Deno.test("chooseExecutor() reads the file and what is typed", async () => {
  assertEquals((await choose(undefined)).settings, { kind: "local" });
  const asked = ["executor.time=90", "executor.partition=gpu", "executor.stages.train.memory=8G"];
  const { settings, gpus } = await choose("slurm", ...asked, "executor.gpus=2");
  assertObjectMatch(settings, { time: "90", partition: "gpu", stages: { train: { memory: "8G" } } });
  assertEquals(gpus, 2);
  const more = ["executor.setup=[module load vulkan/1.3]", "executor.options=[--constraint=avx2&gpu]"];
  assertObjectMatch((await choose("slurm", ...more, "executor.gres=gpu:1g.5gb")).settings, {
    setup: ["module load vulkan/1.3"],
    options: ["--constraint=avx2&gpu"],
    gres: "gpu:1g.5gb",
  });
  const plain = await choose("slurm");
  assertEquals((await choose("slurm")).settings, plain.settings, "what was typed once stays out of the file");
  assertEquals([plain.gpus, (await choose("local")).gpus], [0, null]);
});

Deno.test("chooseExecutor() takes settings only for an executor that was named", async () => {
  await assertRejects(() => choose(undefined, "executor.time=90"), UserError, "Add --executor slurm.");
});

const refused: readonly (readonly [string, string, string])[] = [
  ["another name", "slum", 'no slum.yaml, only local, slurm. Did you mean "slurm"?'],
  ["a key of every object", "executor.__proto__=3", "executor.__proto__=3: unknown key executor.__proto__."],
  ["an unknown key", "executor.tme=3", 'executor.tme=3: unknown key executor.tme. Did you mean "time"?'],
  [
    "a time that is none",
    "executor.time=soon",
    'wanted minutes, "hours:minutes:seconds" or "days-hours", found "soon"',
  ],
  ["a size that is none", "executor.memory=lots", "wanted a size such as 4G or 800M"],
  [
    "a time that ends before it begins",
    "executor.stages.train.time=1",
    "executor.stages.train.time: wanted more than",
  ],
  ["another kind", "executor.kind=pbs", 'executor.kind: wanted one of local, slurm, found "pbs"'],
  ["an option in a name", "executor.partition='a b'", "executor.partition: wanted a name"],
  ["two lines in one", 'executor.setup=["a\nb"]', "executor.setup.0: wanted one line each"],
  ["setup that is none", "executor.setup=[ls, ' ']", "executor.setup.1: wanted a command of bash"],
  [
    "an option among the setup",
    "executor.setup=['#SBATCH --qos=long']",
    "options of sbatch belong into executor.options",
  ],
  ["setup that goes on in the next line", 'executor.setup=["echo \\\\"]', "without a backslash at its end"],
  ["an option by its letter", "executor.options=[-C]", "wanted an option of sbatch by its long name"],
  ["an option with a key", "executor.options=[--gres=gpu:1]", "--gres is executor.gres"],
  [
    "an option that jobs depend on, by its beginning",
    "executor.options=[--depend=afterok:1]",
    "--dependency is what jobs of this program depend on",
  ],
  [
    "an option of a list, and names what was typed",
    "executor.options=[--qos=long,--wait]",
    "executor.options=[--qos=long,--wait]: executor.options.1: wanted an option that nothing else sets",
  ],
  ["a number of cards in their name", "executor.gres=gpu:2", "how many is executor.gpus"],
  ["several values", "executor.time=3,4", "wanted one value"],
  ["no key", "executor=slurm", "--executor chooses the file"],
  [
    "a stage's unknown key",
    "executor.stages={train: {gpu: 1}}",
    'unknown key executor.stages.train.gpu. Did you mean "gpus"?',
  ],
];
for (const [name, text, wanted] of refused) {
  Deno.test(`chooseExecutor() refuses ${name}`, async () => {
    const act = () => text.includes("=") ? choose("slurm", text) : choose(text);
    await assertRejects(act, UserError, wanted);
  });
}

Deno.test("chooseExecutor() says of an option without a name that alone", async () => {
  const { message } = await assertRejects(() => choose("slurm", "executor.options=[-H]"), UserError);
  assertEquals(
    message,
    "executor.options=[-H]: executor.options.0: wanted an option of sbatch by its long name, such as " +
      '--constraint=avx2, found "-H".',
  );
});

Deno.test("chooseExecutor() names the file where only another key of an object was typed", async () => {
  const { message } = await assertRejects(
    () => choose("slurm", "executor.warn_seconds=4000", "executor.stages.train.memory=8G"),
    UserError,
  );
  assertStringIncludes(message, "conf/executor/slurm.yaml:6: executor.time: wanted more than");
});
