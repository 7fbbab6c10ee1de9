/** A search on a real Slurm of one node whose results are shared: killed, gone on with, and taken up by a second clone. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { listSubmissions, readJobs } from "../../../pipeline/executors/slurm/submission_io.ts";
import { onSlurm } from "../../support/executors.ts";
import { type CommandResult, ProjectCopy } from "../../support/project.ts";
import { cacheServer, filesIn, TOKEN } from "../../support/shared_caches.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ON_SLURM = ["--executor", "slurm", "executor.poll_seconds=0.3", "executor.cpus=1"];
/** One of these diverges at once. */
const RATES = "optim.lr=0.001,0.01,0.1,1e30";

const decisionsOf = ({ stdout }: CommandResult) =>
  stdout.split("\n").filter((line) => line.startsWith('{"type":"decision"'));
const trainedIn = (stderr: string) => stderr.match(/^ {2}train\/.*: done in/gm)?.length ?? 0;

/** Tasks that jobs were submitted for, each as often as it was. */
function submitted(project: ProjectCopy): string[] {
  return listSubmissions(project.store()).flatMap((submission) =>
    readJobs(submission).map(({ task }) => task)
  );
}

onSlurm("a search on a cluster goes on where it was killed, and shares what its jobs make", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await using first = new ProjectCopy();
  await using second = new ProjectCopy();
  const search = (...more: string[]) => [
    "search",
    ...first.tiny,
    "n_mels=10",
    "setting=A",
    "model=linear",
    "optim.schedule.kind=constant",
    "trainer.epochs=3",
    "--least-epochs=1",
    "--reduction=3",
    "--parallel=2",
    "--json",
    `store.remote=${server.url}`,
    ...more,
  ];
  const printed: string[] = [];
  const run = async (project: ProjectCopy, ...args: string[]) => {
    const result = await project.run(...args);
    printed.push(result.stdout, result.stderr);
    assertEquals(result.code, 0, result.stderr);
    return result;
  };
  for (const project of [first, second]) project.env["STORE_REMOTE_TOKEN"] = TOKEN;
  // Killed as soon as a job has trained; what is queued goes on without it.
  const child = first.start(...search(RATES, "store.push=true", ...ON_SLURM));
  const [watched, kept] = child.stderr.tee();
  let seen = "";
  for await (const piece of watched.pipeThrough(new TextDecoderStream())) {
    seen += piece;
    if (trainedIn(seen) > 0) break;
  }
  child.kill("SIGKILL");
  await Promise.all([child.stdout.cancel(), kept.cancel(), child.status]);
  assert(trainedIn(seen) > 0, seen);

  const again = await run(first, ...search(RATES, "store.push=true", ...ON_SLURM));
  const trainings = submitted(first).filter((task) => task.startsWith("train/"));
  assertEquals(trainings.length, new Set(trainings).size, "nothing is submitted twice");
  assertMatch(again.stderr, /Goes on after epoch 1, to which train\//);
  assertEquals(again.stdout.match(/"cause":"Training stopped in epoch 1/g)?.length, 1, again.stdout);
  assertMatch(again.stderr, /http:\S+: \d+ results \([\d.]+ \wB\) put there\./);

  // Another clone on its own machine decides the same, of what it finds there, and trains nothing but what diverged.
  const local = await run(second, ...search(RATES));
  assertEquals(decisionsOf(local), decisionsOf(again));
  assertEquals([trainedIn(local.stderr), submitted(second).length], [0, 0], local.stderr);
  assertMatch(local.stderr, /http:\S+: \d+ results found there/);

  // Its jobs read what came from there, and what they make is put there.
  const had = new Set(filesIn(`${server.folder}/receipts`));
  const wider = await run(
    second,
    ...search("optim.lr=0.001,0.01,0.1,0.03", "store.push=true", ...ON_SLURM),
  );
  const stages = new Set(submitted(second).map((task) => task.split("/")[0]));
  assertEquals([...stages].sort(), ["search", "train"], "recordings and features are found");
  assert(trainedIn(wider.stderr) > 0, wider.stderr);
  assert([...filesIn(`${server.folder}/receipts`)].some((file) => !had.has(file)), wider.stderr);

  // Nobody could read there what lets one write: no job script, log, key or state of Slurm's own.
  const slurm = Deno.env.get("SLURM_CONF")!.replace(/\/[^/]+$/, "");
  let files = 0;
  for (const folder of [first.folder, second.folder, server.folder, slurm]) {
    for (const file of filesIn(folder)) {
      if (/\/(lib|pipeline)\//.test(file.slice(folder.length))) continue;
      files++;
      assert(!textOf(file).includes(TOKEN), file);
    }
  }
  assert(files > 50);
  assertEquals(printed.filter((text) => text.includes(TOKEN)), []);
});

onSlurm("a search on a cluster that is stopped says what goes on without it", async () => {
  await using project = new ProjectCopy();
  const child = project.start(
    "search",
    ...project.tiny,
    "n_mels=10",
    "setting=A",
    "model=linear",
    "optim.lr=0.01,0.1",
    "--halving=off",
    ...ON_SLURM,
    "executor.setup=[sleep 60]",
  );
  let seen = "";
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    const before = seen;
    seen += piece;
    if (!/^Submitted/m.test(before) && /^Submitted/m.test(seen)) child.kill("SIGINT");
  }
  await child.stdout.cancel();
  assertEquals((await child.status).code, 1, seen);
  const tasks = /^(\d+) tasks queued or running on the cluster: .*`deno task cancel` ends them/m.exec(seen)
    ?.[1];
  const cancelled = await project.run("cancel", "--all");
  assertMatch(cancelled.stdout, new RegExp(`^${tasks} jobs cancelled`, "m"), seen);
});

/** Of any bytes; Slurm replaces files of its state while they are listed. */
function textOf(file: string): string {
  try {
    return new TextDecoder("latin1").decode(Deno.readFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
