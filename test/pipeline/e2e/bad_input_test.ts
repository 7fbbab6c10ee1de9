/** Bad input of any kind ends in one sentence and a non-zero exit; nothing half written is left. */
import { assertEquals, assertMatch } from "@std/assert";
import { Project, ProjectCopy } from "../../support/project.ts";
import { assertRefused } from "../../support/refused.ts";

Deno.test("bad configuration is refused before anything runs", async (t) => {
  await using project = new ProjectCopy();
  const refused = (name: string, args: string[], wanted: RegExp) =>
    t.step(name, async () => {
      const result = await project.run("kws", ...project.tiny, ...args);
      assertRefused(result, wanted);
      assertEquals(result.code, 2);
    });
  await refused("unknown key", ["frontend.nmels=3"], /unknown key frontend\.nmels\. Did you mean "n_mels"\?/);
  await refused("wrong type", ["trainer.epochs=many"], /trainer\.epochs: wanted a(n?) .*, found "many"/);
  await refused("n_mels=0", ["n_mels=0"], /frontend\.n_mels: wanted at least 1, found 0/);
  await refused("an override without =", ["n_mels"], /wanted key=value/);
  await refused("--force of no task", ["--force", "trian"], /"trian".*Did you mean "train"/);
  for (const dry of [[], ["--dry-run"]]) {
    await refused(
      `setup that bash cannot read ${dry}`,
      ["--executor", "slurm", "executor.setup=[ls,if true]", ...dry],
      /Cannot use executor\.setup\[1\], "if true": bash says "line /,
    );
  }

  const refusedBy = (name: string, args: string[], wanted: RegExp) =>
    t.step(name, async () => {
      const result = await project.run(...args);
      assertRefused(result, wanted);
      assertEquals(result.code, 2);
    });
  const search = ["search", "optim.lr=log(1e-4,1)"];
  const several = /Cannot use executor\.cpus=1,2: wanted one value of a key of executor/;
  await refusedBy("an executor's list is none to search", [
    "search",
    "executor.cpus=1,2",
    "--executor",
    "slurm",
  ], several);
  await refusedBy("nor beside what varies", [...search, "executor.cpus=1,2", "--executor", "slurm"], several);
  await refusedBy("an executor to search", [...search, "executor=slurm"], /Add --executor slurm/);
  await refusedBy(
    "a store's list",
    ["search", "store.push=true,false"],
    /Cannot use store\.push=true,false: wanted one value of a key of store/,
  );

  await t.step("malformed YAML names file and line", async () => {
    project.edit("conf/trainer/short.yaml", (text) => text.replace(/epochs: (\d+)/, "epochs: [$1"));
    assertRefused(
      await project.run("kws", ...project.tiny),
      /conf\/trainer\/short\.yaml as YAML: .*line \d+/,
    );
  });
});

Deno.test("a backend that this machine lacks is refused before anything runs", async () => {
  await using project = new Project();
  // Without a Vulkan driver there is no adapter; with a software one there is no hardware adapter.
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--config",
      `${project.root}/deno.json`,
      `${project.root}/pipeline/cli.ts`,
      "kws",
      ...project.tiny,
      "backend=webgpu",
    ],
    cwd: project.root,
    env: { NO_COLOR: "1", VK_ICD_FILENAMES: "/nonexistent", VK_DRIVER_FILES: "/nonexistent" },
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stderr } = await child.output();
  assertEquals(code, 1);
  assertMatch(
    new TextDecoder().decode(stderr),
    /error: Cannot use backend=webgpu: found (no adapter|only .*, which computes on the CPU), wanted a graphics card/,
  );
});
