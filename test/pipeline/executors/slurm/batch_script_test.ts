import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { scriptText, submitArguments } from "../../../../pipeline/executors/slurm/batch_script.ts";
import type { JobGroup } from "../../../../pipeline/executors/slurm/job_plan.ts";
import { limitSeconds, resourcesOf } from "../../../../pipeline/executors/slurm/settings.ts";
import { checkSetup } from "../../../../pipeline/executors/slurm/setup_check_io.ts";
import { QUICK_JOBS } from "../../../support/engine_project.ts";
import { task } from "../../../support/tasks.ts";
import { tempDir } from "../../../support/temp_dir.ts";

Deno.test("a batch script hands over each argument as it is, whatever it holds", async () => {
  await using dir = tempDir();
  const nasty = ["a b", "it's", "$HOME `id` \\", "new\nline", '"', ";rm -rf x", ""];
  const script = scriptText({
    command: ["/usr/bin/env", "bash", "-c", 'printf "%s\\0" "$@" "$(umask)"', "name", ...nasty],
    umask: 0o027,
    setup: [],
  });
  const path = dir.write("job.sh", script);
  const { stdout } = await new Deno.Command("bash", { args: [path], env: { SLURM_ARRAY_TASK_ID: "7" } })
    .output();
  assertEquals(new TextDecoder().decode(stdout).split("\0"), [...nasty, "7", "0027", ""]);
});

const SEEN = [
  "/usr/bin/env",
  "bash",
  "-c",
  'printf "%s|" "$#" "$2" "$WORD" "$OTHER" "$JOB_VARIABLES_BEFORE_SETUP" "$(umask)"',
  "name",
];

Deno.test("a batch script sets up the job before its command, and remembers what there was before", async () => {
  const { code, stdout } = await runScript([
    "export WORD='it is'",
    "# a remark",
    "OTHER=$WORD; export OTHER",
  ]);
  const [count, fault, word, other, before] = stdout.split("|");
  assertEquals([code, count, fault, word, other], [0, "1", "", "it is", "it is"]);
  assertEquals([before!.split("\n").includes("PATH"), before!.includes("WORD")], [true, false]);
});

Deno.test("a batch script ends where a line of its setup fails, and says which, and the line in its log only", async () => {
  const { code, stdout, stderr } = await runScript(["true", "(exit 7) # it's $HOME", "WORD=late"]);
  const [count, fault, word, , , umask] = stdout.split("|");
  assertEquals([code, count, word, umask], [1, "2", "", "0022"]);
  const sentence = `Cannot set up the job on ${Deno.hostname()}: executor.setup[1] ended with status 7`;
  assertEquals(fault, `${sentence}; the job's log has the line and what it printed`);
  assertEquals(stderr, `${sentence}: (exit 7) # it's $HOME\n`);
});

Deno.test("a job whose setup leaves the shell has failed, whatever status it left with", async () => {
  for (const status of [0, 3]) {
    const { code, stdout, stderr } = await runScript(["true", `exit ${status}`]);
    const [count, fault] = stdout.split("|");
    assertEquals([code, count], [1, "2"]);
    assertEquals(
      fault,
      `Cannot set up the job on ${Deno.hostname()}: executor.setup ended the shell. Take exit out of it.`,
    );
    assertEquals(stderr, `${fault}\n`);
  }
});

Deno.test("a job that is ended during its setup says nothing of a failure", async () => {
  const { code, stdout, stderr } = await runScript(["kill -TERM $$", "sleep 1"]);
  assertEquals([code, stdout, stderr], [143, "", ""]);
});

Deno.test("a job whose setup is still at work near the time limit says so, once, and what to raise", async () => {
  const between = "(sleep 0.2; kill -USR1 $$) & sleep 0.5";
  const ended = "(sleep 0.2; kill -TERM $$; kill -USR1 $$) & sleep 0.5";
  for (const line of ["kill -USR1 $$", between, "kill -USR1 $$; kill -USR1 $$", ended]) {
    const { code, stdout, stderr } = await runScript([line, "exit 3"]);
    const [count, fault] = stdout.split("|");
    assertEquals([code, count], [1, "2"], line);
    assertEquals(
      fault,
      `Cannot set up the job on ${Deno.hostname()}: executor.setup was still at work when Slurm warned the job that ` +
        "its end is near. Raise executor.time, or run the same command again if the job only had to make way.",
    );
    assertEquals(stderr, `${fault}\n`);
  }
});

Deno.test("a batch script leaves the warning of the time limit to its command when the setup is over", async () => {
  const { code, stdout, stderr } = await runScript(["true"], ["/usr/bin/env", "bash", "-c", "kill -USR1 $$"]);
  assertEquals([code, stdout, stderr], [138, "", ""]);
});

Deno.test("a job whose setup fails has failed, whatever its command thinks of that", async () => {
  const { code, stderr } = await runScript(["false"], ["/nowhere/command"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "executor.setup[0] ended with status 1: false");
});

async function runScript(setup: readonly string[], command = SEEN) {
  await using dir = tempDir();
  const path = dir.write("job.sh", scriptText({ command, umask: 0o022, setup }));
  const { code, stdout, stderr } = await new Deno.Command("bash", { args: [path] }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("checkSetup() refuses what bash cannot read, or would read on behind the line", () => {
  checkSetup(["module load vulkan", "for i in 1 2; do echo $i; done", "# 'a remark"]);
  const bad = ["echo 'open", "if true", "cat <<END", "f() {"];
  for (const line of bad) {
    const error = assertThrows(() => checkSetup(["true", line]), UserError, "Cannot use executor.setup[1]");
    assertStringIncludes(error.message, "Wanted a command that is whole in its line");
  }
});

const group: JobGroup = {
  name: "train-2",
  stage: "train",
  array: true,
  members: [4, 0, 1, 2].map((index) => ({ task: `train/${index}`, index })),
  resources: {
    partition: "gpu",
    account: "lab",
    time: "2:00:00",
    memory: "4G",
    cpus: 8,
    gpus: 2,
    gres: "gpu:a100",
  },
  dependencies: [
    { kind: "all", of: 0 },
    { kind: "each", of: 1 },
    { kind: "elements", of: 1, indices: [3, 5] },
    { kind: "elements", of: "9", indices: [1] },
    { kind: "all", of: "8" },
    { kind: "ended", of: 0 },
    { kind: "ended", of: "9", indices: [2, 4] },
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
    options: ["--constraint=avx2"],
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
    "--dependency=afterok:11:12_3:12_5:9_1:8,aftercorr:12,afterany:11:9_2:9_4",
    "--partition=gpu",
    "--account=lab",
    "--time=2:00:00",
    "--mem=4G",
    "--gres=gpu:a100:2",
    "--constraint=avx2",
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
