import { assertEquals } from "@std/assert";
import { scriptText, submitArguments } from "../../../../pipeline/executors/slurm/batch_script.ts";
import type { JobGroup } from "../../../../pipeline/executors/slurm/job_plan.ts";
import { limitSeconds, resourcesOf } from "../../../../pipeline/executors/slurm/settings.ts";
import { QUICK_JOBS } from "../../../support/engine_project.ts";
import { task } from "../../../support/tasks.ts";
import { tempDir } from "../../../support/temp_dir.ts";

Deno.test("a batch script hands over each argument as it is, whatever it holds", async () => {
  await using dir = tempDir();
  const nasty = ["a b", "it's", "$HOME `id` \\", "new\nline", '"', ";rm -rf x", ""];
  const script = scriptText({
    command: ["/usr/bin/env", "bash", "-c", 'printf "%s\\0" "$@" "$(umask)"', "name", ...nasty],
    umask: 0o027,
    extraLines: ["export EXTRA=1", "#SBATCH --constraint=avx2"],
  });
  assertEquals(script.split("\n").slice(0, 2), ["#!/bin/bash", "#SBATCH --constraint=avx2"]);
  const path = dir.write("job.sh", script);
  const { stdout } = await new Deno.Command("bash", { args: [path], env: { SLURM_ARRAY_TASK_ID: "7" } })
    .output();
  assertEquals(new TextDecoder().decode(stdout).split("\0"), [...nasty, "7", "0027", ""]);
});

const group: JobGroup = {
  name: "train-2",
  stage: "train",
  array: true,
  members: [4, 0, 1, 2].map((index) => ({ task: `train/${index}`, index })),
  resources: { partition: "gpu", account: "lab", time: "2:00:00", memory: "4G", cpus: 8, gpus: 2 },
  dependencies: [
    { kind: "all", group: 0 },
    { kind: "each", group: 1 },
    { kind: "element", group: 1, index: 3 },
    { kind: "earlier", ref: { job: "9", index: 1 } },
    { kind: "earlier", ref: { job: "8", index: null } },
  ],
};

Deno.test("submitArguments() asks for what was configured and waits for what is read", () => {
  const args = submitArguments({
    group,
    jobs: ["11", "12"],
    folder: "/store/submissions/x",
    log: "/store/submissions/x/logs/train-2-%a.log",
    script: "/store/submissions/x/scripts/train-2.sh",
    warnSeconds: 90,
    most: 3,
  });
  assertEquals(args, [
    "--parsable",
    "--job-name=train-2",
    "--chdir=/store/submissions/x",
    "--output=/store/submissions/x/logs/train-2-%a.log",
    "--open-mode=append",
    "--export-file=/dev/stdin",
    "--requeue",
    "--kill-on-invalid-dep=yes",
    "--signal=B:USR1@90",
    "--cpus-per-task=8",
    "--array=0-2,4%3",
    "--dependency=afterok:11,aftercorr:12,afterok:12_3,afterok:9_1,afterok:8",
    "--partition=gpu",
    "--account=lab",
    "--time=2:00:00",
    "--mem=4G",
    "--gres=gpu:2",
    "/store/submissions/x/scripts/train-2.sh",
  ]);
});

Deno.test("resourcesOf() asks for no more than a task can use, and for a stage's own", () => {
  const settings = {
    ...QUICK_JOBS,
    cpus: 8,
    gpus: 1,
    time: "60",
    stages: { train: { time: null, cpus: 16 } },
  };
  const spec = (name: string, threads: number, gpu: number) =>
    task(name, {}, { resources: { threads, gpu } });
  assertEquals(resourcesOf(spec("features/a", 4, 0), settings).cpus, 4);
  const train = resourcesOf(spec("train/a", 32, 1), settings);
  assertEquals([train.cpus, train.gpus, train.time], [16, 1, null]);
});

const limits: readonly (readonly [string, number | undefined])[] = [
  ["5", 300],
  ["5:30", 330],
  ["1:00:00", 3600],
  ["2-12", 216_000],
  ["1-0:30", 88_200],
  ["1-0:0:1", 86_401],
  ["soon", undefined],
];
for (const [text, seconds] of limits) {
  Deno.test(`limitSeconds() reads ${text}`, () => assertEquals(limitSeconds(text), seconds));
}
