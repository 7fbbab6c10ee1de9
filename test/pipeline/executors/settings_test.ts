import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { executorConfig } from "../../../pipeline/executors/settings.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";

const conf = openConf(new URL("../../../conf", import.meta.url).pathname);
const read = (name: string, ...overrides: string[]) =>
  executorConfig(conf, name, overrides.map(parseOverride));

Deno.test("executorConfig() reads the file and what is typed", () => {
  assertEquals(read("local"), { kind: "local" });
  const slurm = read(
    "slurm",
    "executor.time=90",
    "executor.partition=gpu",
    "executor.stages.train.memory=8G",
  );
  if (slurm.kind !== "slurm") throw new Error("not Slurm");
  assertEquals([slurm.time, slurm.partition, slurm.stages], ["90", "gpu", { train: { memory: "8G" } }]);
  assertEquals(read("slurm"), read("slurm"), "what was typed once stays out of the file");
  assertEquals(read("slurm").kind === "slurm" && slurm.cpus >= 1, true);
});

const refused: readonly (readonly [string, string, string])[] = [
  ["another name", "slum", 'no slum.yaml, only local, slurm. Did you mean "slurm"?'],
  ["an unknown key", "executor.tme=3", 'executor.tme=3: unknown key executor.tme. Did you mean "time"?'],
  [
    "a time that is none",
    "executor.time=soon",
    'wanted minutes, "hours:minutes:seconds" or "days-hours", found "soon"',
  ],
  ["a size that is none", "executor.memory=lots", "wanted a size such as 4G or 800M"],
  ["an option in a name", "executor.partition='a b'", "executor.partition: wanted a name"],
  ["two lines in one", 'executor.extra_lines=["a\nb"]', "wanted one line each"],
  ["several values", "executor.time=3,4", "wanted one value"],
  ["no key", "executor=slurm", "--executor chooses the file"],
  [
    "a stage's unknown key",
    "executor.stages={train: {gpu: 1}}",
    'unknown key executor.stages.train.gpu. Did you mean "gpus"?',
  ],
];
for (const [name, text, wanted] of refused) {
  Deno.test(`executorConfig() refuses ${name}`, () => {
    const act = () => text.includes("=") ? read("slurm", text) : read(text);
    assertThrows(act, UserError, wanted);
  });
}
