import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
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
  const polls = new SharedPolls({ everySeconds: EVERY_MS / 1000, client: () => client });
  const rounds = 6;
  await Promise.all([...Array(8).keys()].map(async (i) => {
    await wait(7 * i);
    for (let round = 0; round < rounds; round++) {
      const views = await polls.query([`${i}`], NEVER);
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
  const polls = new SharedPolls({ everySeconds: EVERY_MS / 1000, client: () => client });
  await Promise.all([polls.query(["1"], NEVER), polls.query(["2", "3"], NEVER)]);
  assertEquals(looks.map(({ jobs }) => jobs), [["1", "2", "3"]]);
  for (let i = 0; i < 6; i++) {
    await wait(EVERY_MS);
    await polls.query(["2"], NEVER);
  }
  assertEquals(looks.at(-1)!.jobs, ["2"]);
});

Deno.test("SharedPolls tells all of a look that failed, and looks again", async () => {
  const { client, looks } = cluster((look) =>
    look === 1 ? Promise.reject(new Error("away")) : Promise.resolve()
  );
  const polls = new SharedPolls({ everySeconds: EVERY_MS / 1000, client: () => client });
  for (const asked of [polls.query(["1"], NEVER), polls.query(["2"], NEVER)]) {
    await assertRejects(() => asked, Error, "away");
  }
  assertEquals((await polls.query(["3"], NEVER)).size, 3);
  assertEquals(looks.length, 2);
});

/** One that says nothing until it is stopped, and what became of each that was opened. */
function silentCluster() {
  const opened: { readonly signal: AbortSignal; looks: number }[] = [];
  const client = (signal: AbortSignal) => {
    const own = { signal, looks: 0 };
    opened.push(own);
    return {
      query() {
        own.looks++;
        const { promise, reject } = Promise.withResolvers<ReadonlyMap<string, JobView>>();
        signal.addEventListener("abort", () => reject(new UserError("interrupted", "the client's")));
        return promise;
      },
    };
  };
  return { client, opened };
}

Deno.test("SharedPolls lets each that asks stop by itself, whoever asked first", async () => {
  const answered = Promise.withResolvers<void>();
  const { client, looks } = cluster(() => answered.promise);
  const opened: AbortSignal[] = [];
  const open = (signal: AbortSignal) => (opened.push(signal), client);
  const polls = new SharedPolls({ everySeconds: EVERY_MS / 1000, client: open });
  const [first, third] = [new AbortController(), new AbortController()];
  const asked = [first.signal, NEVER, third.signal].map((signal, i) => polls.query([`${i}`], signal));
  const [one, two, three] = asked;
  first.abort();
  await assertRejects(() => one!, UserError, "Stopped while Slurm was asked");
  await wait(5);
  third.abort();
  await assertRejects(() => three!, UserError, "Stopped while Slurm was asked");
  answered.resolve();
  assertEquals((await two!).size, 3);
  assertEquals([looks.length, opened.length, opened[0]!.aborted], [1, 1, false]);
  await assertRejects(() => polls.query(["0"], first.signal), UserError, "Stopped while Slurm was asked");
});

Deno.test("SharedPolls ends a look that nobody waits for any more, and asks anew for who comes later", async () => {
  const { client, opened } = silentCluster();
  const polls = new SharedPolls({ everySeconds: 60, client });
  for (let round = 0; round < 2; round++) {
    const stops = [new AbortController(), new AbortController()];
    const asked = stops.map(({ signal }) => polls.query(["1"], signal));
    await wait(5);
    // The first that asks is at work, who asks for another job waits for the next look.
    asked.push(polls.query(["2"], stops[0]!.signal));
    const ends = asked.map((it) => assertRejects(() => it, UserError, "Stopped while Slurm was asked"));
    stops[0]!.abort();
    await wait(1);
    assertEquals(opened[round]!.signal.aborted, false);
    stops[1]!.abort();
    await Promise.all(ends);
    assertEquals([opened.length, opened[round]!.looks, opened[round]!.signal.aborted], [round + 1, 1, true]);
  }
});
