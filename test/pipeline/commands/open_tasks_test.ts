import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { openTasks } from "../../../pipeline/commands/shared/open_tasks.ts";

const named = (...names: string[]) => names.map((name) => ({ name, stage: name.split("/")[0]! }));
const open = named("train/linear-A", "train/linear-D");
const known = () => Promise.resolve(named("train/linear-A", "train/linear-B", "evaluate/linear-A"));
const neverAsked = () => Promise.reject(new Error("asked for tasks that nobody needs"));

Deno.test("openTasks() finds what is open without a look at what else there is", async () => {
  const { open: found, idle } = await openTasks(["*-A", "train/linear-D"], open, neverAsked);
  assertEquals([[...found], idle], [["train/linear-A", "train/linear-D"], []]);
});

Deno.test("openTasks() tells tasks that are not open from names that nothing has", async () => {
  const { open: found, idle } = await openTasks(["evaluate", "train/linear-B", "*-D"], open, known);
  assertEquals([[...found], idle], [["train/linear-D"], ["evaluate", "train/linear-B"]]);
  const error = await assertRejects(
    () => openTasks(["evalaute"], open, known),
    UserError,
    'Cannot cancel "evalaute": nothing of that name is queued or running on a cluster, and no task, run or stage ' +
      'that this store knows has it. Did you mean "evaluate"?',
  );
  assertEquals(error.reason, "usage");
  const nothing = () => Promise.resolve([]);
  await assertRejects(() => openTasks(["train"], [], nothing), UserError, "nothing of that name is queued");
});
