/** Commands that do not answer, as those of a cluster whose controller is ill. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../../lib/base/errors.ts";
import { slurmClient } from "../../../../pipeline/executors/slurm/client_io.ts";
import { askSlurm, commandEnvironment } from "../../../../pipeline/executors/slurm/command_io.ts";
import { exists } from "../../../../pipeline/engine/store/atomic_io.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";
import { until } from "../../../support/until.ts";

function program(dir: TempDir, text: string): string {
  const path = dir.write("command", `#!/bin/sh\n${text}\n`);
  Deno.chmodSync(path, 0o755);
  return path;
}

const PATIENT = { seconds: 60, signal: new AbortController().signal };

Deno.test("askSlurm() gives what a command says, with its input and its status", async () => {
  await using dir = tempDir();
  const echo = program(dir, 'cat; echo "said $1" >&2; exit 3');
  assertEquals(await askSlurm(echo, ["this"], PATIENT, "input"), {
    success: false,
    code: 3,
    stdout: "input",
    stderr: "said this\n",
  });
});

const hanging: readonly (readonly [string, string])[] = [
  ["hangs", "exec sleep 60"],
  ["hangs and does not hear of signals", "trap '' TERM INT; while :; do sleep 0.2; done"],
  ["has started another that hangs", "sleep 3; true"],
];
for (const [name, text] of hanging) {
  Deno.test(`askSlurm() gives up in one sentence when a command ${name}`, async () => {
    await using dir = tempDir();
    const begun = performance.now();
    const error = await assertRejects(
      () => askSlurm(program(dir, text), [], { ...PATIENT, seconds: 0.2 }),
      UserError,
      "command did not answer within 0.2 s.",
    );
    assertEquals(error.reason, "cluster");
    assert(performance.now() - begun < 2_500, "it waited for more than the command");
  });

  Deno.test(`askSlurm() stops at once when nobody waits any more for a command that ${name}`, async () => {
    await using dir = tempDir();
    const stop = new AbortController();
    const begun = performance.now();
    setTimeout(() => stop.abort(), 100);
    const asking = () => askSlurm(program(dir, text), [], { ...PATIENT, signal: stop.signal });
    const error = await assertRejects(asking, UserError, "Stopped before");
    assertEquals(error.reason, "interrupted");
    assert(performance.now() - begun < 2_500, "it waited for more than the command");
  });
}

Deno.test("askSlurm() says where to go when there is no such command", async () => {
  await assertRejects(() => askSlurm("/nowhere/squeue", [], PATIENT), UserError, "there is no command");
});

Deno.test("askSlurm() starts nothing when nobody waits", async () => {
  await using dir = tempDir();
  const touch = program(dir, `touch ${dir.path}/started`);
  await assertRejects(() => askSlurm(touch, [], { ...PATIENT, signal: AbortSignal.abort() }), UserError);
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["command"]);
});

Deno.test("askSlurm() hears a command to its end that a terminal interrupts, as nothing is wrong with it", async () => {
  await using dir = tempDir();
  const slow = program(dir, `touch ${dir.path}/begun; sleep 0.5; echo answer`);
  const script = dir.write(
    "ask.ts",
    `import { askSlurm } from "${import.meta.resolve("../../../../pipeline/executors/slurm/command_io.ts")}";
    Deno.addSignalListener("SIGINT", () => console.log("heard"));
    const { code, stdout } = await askSlurm(
      ${JSON.stringify(slow)}, [], { seconds: 60, signal: new AbortController().signal },
    );
    console.log(code, stdout.trim());
    Deno.exit();`,
  );
  const asking = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      "--config",
      fromFileUrl(import.meta.resolve("../../../../deno.json")),
      script,
    ],
    stdout: "piped",
    detached: true,
  }).spawn();
  await until(() => exists(`${dir.path}/begun`));
  // What a terminal does: every process of the group hears it.
  await new Deno.Command("kill", { args: ["-INT", "--", `-${asking.pid}`] }).output();
  const { stdout } = await asking.output();
  assertEquals(new TextDecoder().decode(stdout), "heard\n0 answer\n");
});

Deno.test("askSlurm() ends a command that has said enough", async () => {
  await using dir = tempDir();
  const text =
    'echo "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying." >&2; exec sleep 60';
  const begun = performance.now();
  const enough = /sleeping and retrying/;
  const answer = await askSlurm(program(dir, text), [], { ...PATIENT, enough });
  assertEquals([answer.success, enough.test(answer.stderr)], [false, true]);
  assert(performance.now() - begun < 10_000, "it waited for the command");
});

Deno.test("commands of Slurm see nothing of the job or the habits of display that they are started in", () => {
  const kept = { HOME: "/root", SLURM_CONF: "/etc/slurm.conf", SBATCH_ACCOUNT: "lab", SBATCH_QOS: "long" };
  const dropped = {
    SLURM_CPUS_PER_TASK: "1",
    SLURM_JOB_ID: "7",
    SBATCH_ARRAY_INX: "0-9",
    SQUEUE_USERS: "other",
  };
  assertEquals(commandEnvironment({ ...kept, ...dropped }), kept);
});

/** How `sbatch` refuses (22.05 and 23.11), and whether it is for the number of jobs. */
const refusals: readonly (readonly [string, boolean])[] = [
  [
    "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS " +
    "policy (job submit limit, user's size and/or time limits)",
    true,
  ],
  [
    "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates " +
    "accounting/QOS policy (job submit limit, user's size and/or time limits)",
    true,
  ],
  [
    "sbatch: error: QOSMaxWallDurationPerJobLimit\nsbatch: error: Batch job submission failed: Job violates " +
    "accounting/QOS policy (job submit limit, user's size and/or time limits)",
    false,
  ],
  ["sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying.", true],
  ["sbatch: error: invalid partition specified: nowhere", false],
];
for (const [said, full] of refusals) {
  Deno.test(`submit() takes "${said.slice(15, 50)}" for ${full ? "no room" : "a refusal"}`, async () => {
    await using dir = tempDir();
    Deno.chmodSync(
      dir.write("bin/sbatch", `#!/bin/sh\ncat >/dev/null\ncat >&2 <<'E'\n${said}\nE\nexit 1\n`),
      0o755,
    );
    // Not in the environment, which files that are tested at the same time share.
    const path = `${dir.path}/bin:${Deno.env.get("PATH")}`;
    const submitting = slurmClient({ path }).submit(["script"], "");
    if (full) assertEquals((await submitting).kind, "full");
    else await assertRejects(() => submitting, UserError, "sbatch ended with status 1");
  });
}
