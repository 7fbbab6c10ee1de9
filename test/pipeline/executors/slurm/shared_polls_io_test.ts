import { assert, assertEquals, assertRejects } from "@std/assert";
import type { SlurmClient } from "../../../../pipeline/executors/slurm/client_io.ts";
import type { JobView } from "../../../../pipeline/executors/slurm/queue.ts";
import { SharedPolls } from "../../../../pipeline/executors/slurm/shared_polls_io.ts";

const EVERY_MS = 40;
const NEVER = new AbortController().signal;

/** Slurm, with what it was asked for and when. */
function cluster(answers: (look: number) => Promise<void> = () => Promise.resolve()) {
  const looks: { readonly at: number; readonly jobs: readonly string[] }[] = [];
  const refuse = () => Promise.reject(new Error("not here"));
  const client: SlurmClient = {
    mostElements: refuse,
    find: refuse,
    submit: refuse,
    requeue: refuse,
    cancel: refuse,
    async query(jobs) {
      looks.push({ at: performance.now(), jobs });
      await answers(looks.length);
      return new Map(
        jobs.map((job): [string, JobView] => [
          job,
          { job, phase: "running", state: "RUNNING", reason: "", nodes: "n1" },
        ]),
      );
    },
  };
  return { client, looks };
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

Deno.test("SharedPolls asks once for all that follow jobs, whenever each began", async () => {
  const { client, looks } = cluster(() => wait(3));
  const polls = new SharedPolls(EVERY_MS / 1000);
  const rounds = 6;
  await Promise.all([...Array(8).keys()].map(async (i) => {
    await wait(7 * i);
    for (let round = 0; round < rounds; round++) {
      const views = await polls.query([`${i}`], client, NEVER);
      assert(views.has(`${i}`));
      await wait(EVERY_MS);
    }
  }));
  // Alone they would have asked 48 times.
  assert(looks.length <= 4 * rounds, `${looks.length} looks`);
  const gaps = looks.slice(1).map(({ at }, i) => at - looks[i]!.at);
  assert(gaps.every((ms) => ms > EVERY_MS - 2), gaps.join());
  assert(looks.some(({ jobs }) => jobs.length === 8), "some look is for all");
});

Deno.test("SharedPolls asks no more for jobs that nobody follows", async () => {
  const { client, looks } = cluster();
  const polls = new SharedPolls(EVERY_MS / 1000);
  await Promise.all([polls.query(["1"], client, NEVER), polls.query(["2", "3"], client, NEVER)]);
  assertEquals(looks.map(({ jobs }) => jobs), [["1", "2", "3"]]);
  for (let i = 0; i < 6; i++) {
    await wait(EVERY_MS);
    await polls.query(["2"], client, NEVER);
  }
  assertEquals(looks.at(-1)!.jobs, ["2"]);
});

Deno.test("SharedPolls tells all of a look that failed, looks again, and waits for none when it is stopped", async () => {
  const { client, looks } = cluster((look) =>
    look === 1 ? Promise.reject(new Error("away")) : Promise.resolve()
  );
  const polls = new SharedPolls(EVERY_MS / 1000);
  for (const asked of [polls.query(["1"], client, NEVER), polls.query(["2"], client, NEVER)]) {
    await assertRejects(() => asked, Error, "away");
  }
  assertEquals((await polls.query(["3"], client, NEVER)).size, 3);
  assertEquals(looks.length, 2);
  const slow = new SharedPolls(60);
  await slow.query(["1"], client, NEVER);
  const begun = performance.now();
  await slow.query(["2"], client, AbortSignal.abort());
  assert(performance.now() - begun < 5_000);
});
