/** A sweep on a real Slurm of one node, as a user runs it. */
import { assert, assertEquals } from "@std/assert";
import { openStore, type Store } from "../../../../pipeline/engine/store/store_io.ts";
import { onSlurm } from "../../../support/executors.ts";
import { plainName, ProjectCopy } from "../../../support/project.ts";

const SWEEP = ["sweep", "--n-mels", "10,12,14,16", "--setting", "A,B,C,D"];
const ON_SLURM = ["--executor", "slurm", "executor.poll_seconds=0.5", "executor.cpus=1"];
/** At least: index, features (4 of log-Mel, power, waveform), 16 trainings and evaluations, the comparison. */
const TASKS = 1 + 6 + 16 + 16 + 1;

onSlurm(
  "a sweep half of whose jobs are killed is submitted again and ends with the local run's bytes",
  async () => {
    await using project = new ProjectCopy();
    await using local = new ProjectCopy();
    const args = [...SWEEP, ...project.tiny, ...ON_SLURM];

    const submitted = await project.events(...args, "--detach");
    assertEquals(submitted.result.code, 0, submitted.result.stderr);
    const queued = submitted.events.flatMap((e) => e.type === "task-queued" ? [e] : []);
    assert(queued.length >= TASKS, `${queued.length} tasks`);
    const arrays = new Set(queued.map((e) => e.job.split("_")[0]));
    assert(arrays.size < queued.length / 2, `${arrays.size} jobs for ${queued.length} tasks`);

    // The same again submits nothing new.
    const again = await project.events(...args, "--detach");
    const second = again.events.find((e) => e.type === "submitted");
    assertEquals(second?.type === "submitted" && [second.tasks, second.jobs], [0, 0], again.result.stderr);

    await untilTrained(project, 2);
    const trainings = queued.filter((e) => e.task.startsWith("train/"));
    const killed = trainings.filter((_, i) => i % 2 === 1).map((e) => e.job);
    const { success } = await new Deno.Command("scancel", { args: killed }).output();
    assert(success);

    // What the commands say of it while it is broken.
    await untilQuiet();
    const which = [...SWEEP.slice(1), ...project.tiny, "--executor", "slurm"];
    const states = parseLines((await project.run("status", ...which, "--json")).stdout);
    const bad = states.filter((s) => s.state === "cancelled" || s.state === "blocked").map((s) => s.task);
    const broken = bad.find((task) => task.startsWith("train/"))!;
    assert(broken !== undefined && bad.some((task) => task.startsWith("aggregate/")), bad.join(" "));
    const why = (await project.run("why", broken, ...which)).stdout;
    assert(/cancelled, job \d+_\d+ was cancelled/.test(why) && /never ran/.test(why), why);
    const done = states.find((s) => s.state === "fresh" && s.task.startsWith("train/"))!.task;
    const logs = await project.run("logs", done);
    assert(logs.stdout.includes(`${done}: started on 1 thread`), logs.stdout + logs.stderr);
    assertEquals(
      (await project.run("cancel", "--all")).stdout.trim(),
      "No task is queued or running on a cluster.",
    );
    assertEquals((await project.run("cancel")).code, 2, "what to cancel must be said");

    const { result, events } = await project.events(...args);
    assertEquals(result.code, 0, result.stderr);
    const last = events.at(-1)!;
    assert(last.type === "finished" && last.summary.ran < queued.length - 8, "what was done before was kept");

    const here = await local.run(...SWEEP, ...local.tiny);
    assertEquals(here.code, 0, here.stderr);
    const [a, b] = [outputs(project), outputs(local)];
    assertEquals(a.size, queued.length);
    const different = [...a].filter(([task, outputs]) =>
      JSON.stringify(outputs) !== JSON.stringify(b.get(task))
    );
    // What compares the runs tells how long trainings took, which is the one thing that may differ.
    const stages = new Set(different.map(([task]) => task.split("/")[0]!));
    assertEquals([...stages].filter((stage) => stage !== "aggregate" && stage !== "report"), []);
    assertEquals(comparison(project), comparison(local));
  },
);

/** The comparison without the times, and without the place of the recordings in the command that it names. */
function comparison(project: ProjectCopy): unknown {
  const path = project.output("aggregate/sweep-setting-n_mels-tones", "results.json");
  return JSON.parse(
    Deno.readTextFileSync(path).replaceAll(project.folder, "<project>"),
    (key, value) => key === "train_seconds" ? undefined : key === "run" ? plainName(value) : value,
  );
}

/** Task -> its outputs, by content. */
function outputs(project: ProjectCopy): ReadonlyMap<string, unknown> {
  const store = storeOf(project);
  return new Map(
    [...store.receipts()].map((receipt) => [plainName(receipt.task), receipt.outputs] as const).sort(),
  );
}

function storeOf(project: ProjectCopy): Store {
  return openStore(`${project.root}/data/store`);
}

async function untilTrained(project: ProjectCopy, wanted: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const trained = [...storeOf(project).receipts()].filter((receipt) => receipt.task.startsWith("train/"));
    if (trained.length >= wanted) return;
    await sleep(200);
  }
  throw new Error(`not ${wanted} trainings within two minutes`);
}

/** Until no job is queued or running. */
async function untilQuiet(): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { stdout } = await new Deno.Command("squeue", { args: ["--noheader"] }).output();
    if (new TextDecoder().decode(stdout).trim() === "") return;
    await sleep(200);
  }
  throw new Error("jobs still run after two minutes");
}

function parseLines(text: string): readonly { readonly task: string; readonly state: string }[] {
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
