/** `status`: what is fresh, what is stale, and how jobs are. */
import { type InferValue, merge, message } from "@optique/core";
import { countStates } from "../engine/plan.ts";
import { JOB_PHASES } from "../executors/contract.ts";
import { textTable } from "../report/text/table.ts";
import { count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, axes, location, overrides, placement, task } from "./shared/flags.ts";
import { inspect } from "./shared/inspect_io.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { print } from "../reporters/print_io.ts";

const parser = merge(task, axes, amount, placement, location, overrides);

export const command = defineCommand({
  brief: message`What is fresh, what is stale, and the first reason.`,
  examples: [
    ["status", "of what deno task kws would run"],
    ["status --n-mels 10,20 --setting A,D", "of a sweep"],
    ["status optim.model.lr=0.01,0.1", "of the sweep of these words, as any list makes one"],
  ],
  parser,
  complete: overrideWords,
  run: showStatus,
});

async function showStatus(flags: InferValue<typeof parser>): Promise<number> {
  const { plan, views, command } = await inspect(flags);
  if (flags.json) {
    for (const view of views) {
      const { task, state, reason, job } = view;
      print(JSON.stringify({ task, state, reason, ...(job === undefined ? {} : { job: job.record }) }));
    }
    return 0;
  }
  print(
    ...textTable(
      [{ title: "state" }, { title: "task" }, { title: "reason" }],
      views.map(({ state, task, reason }) => [state, task, reason]),
    ).split("\n"),
  );
  const { fresh, stale, pending } = countStates(plan);
  const jobs = JOB_PHASES.flatMap((phase) => {
    const number = views.filter(({ state }) => state === phase).length;
    return number === 0 ? [] : [`${number} ${phase}`];
  });
  print(
    "",
    `${count(fresh, "task")} fresh, ${stale} stale, ${pending} waiting for what is stale${
      jobs.length === 0 ? "" : `; of these ${jobs.join(", ")}`
    }.`,
    `This is what ${command} runs.`,
  );
  return 0;
}
