/** Commands that do not answer, as those of a cluster whose controller is ill. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { askSlurm } from "../../../../pipeline/executors/slurm/command_io.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

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
