import { assertEquals, assertThrows } from "@std/assert";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import {
  addEnded,
  addJobs,
  createSubmission,
  listSubmissions,
  type Manifest,
  oldSubmissions,
  readJobs,
  readManifest,
  type Submission,
} from "../../../../pipeline/executors/slurm/submission_io.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

function setUp(dir: TempDir) {
  const store = openStore(`${dir.path}/store`);
  const submit = (code: string, days: number): Submission => {
    const codeRoot = `${store.root}/snapshots/${code}`;
    Deno.mkdirSync(codeRoot, { recursive: true });
    const manifest: Manifest = {
      format: 1,
      submittedAt: `2026-01-0${days}T00:00:00.000Z`,
      codeRoot,
      graph: { tasks: [] },
      externals: {},
      forced: [],
      maxRequeues: 1,
      warnSeconds: 60,
    };
    const submission = createSubmission(store, manifest);
    addJobs(submission, [{ task: "a", stage: "a", recipe: "r", job: `${days}`, index: 0 }]);
    for (const path of [codeRoot, submission.folder]) age(path, days);
    return submission;
  };
  return { store, submit };
}

function age(path: string, days: number): void {
  const time = new Date(Date.now() - days * DAY_MS);
  Deno.utimeSync(path, time, time);
}

function end(submission: Submission, job: string, days: number): void {
  addEnded(submission, [{ job, phase: "completed", state: "COMPLETED", reason: "", nodes: "" }]);
  age(submission.folder, days);
}

Deno.test("oldSubmissions() finds what has ended and is old, and code that nothing else uses", async () => {
  await using dir = tempDir();
  const { store, submit } = setUp(dir);
  const [ended, running, young] = [submit("one", 9), submit("two", 8), submit("one", 2)];
  end(ended, "9_0", 9);
  end(young, "2_0", 2);
  assertEquals(
    listSubmissions(store).map(({ id }) => id),
    [ended.id, running.id, young.id].reverse().toSorted().reverse(),
  );
  assertEquals(
    oldSubmissions(store, 5 * DAY_MS),
    [`submissions/${ended.id}`],
    "code one is used by a younger one",
  );
  assertEquals(
    oldSubmissions(store, 1 * DAY_MS).toSorted(),
    [
      "snapshots/one",
      `submissions/${young.id}`,
      `submissions/${ended.id}`,
    ].toSorted(),
  );
  end(running, "8_0", 8);
  assertEquals(oldSubmissions(store, 0).length, 5);
});

Deno.test("a submission whose last line is cut off is read as far as it goes", async () => {
  await using dir = tempDir();
  const submission = setUp(dir).submit("one", 1);
  Deno.writeTextFileSync(`${submission.folder}/jobs.jsonl`, '{"task":"b","jo', { append: true });
  assertEquals(readJobs(submission).map(({ task }) => task), ["a"]);
});

Deno.test("readManifest() refuses another format", async () => {
  await using dir = tempDir();
  dir.write("manifest.json", '{"format": 2}');
  assertThrows(() => readManifest(dir.path), Error, "found format 2, wanted 1");
});
