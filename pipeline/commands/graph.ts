/** `graph`: draws the task graph. */
import { printable } from "../../lib/base/printable.ts";
import { type InferValue, merge, message, object, option, withDefault } from "@optique/core";
import { dependenciesOf } from "../engine/order.ts";
import { drawGraph } from "../report/text/draw_graph.ts";
import { oneOfThese } from "./shared/one_of_these.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, axes, location, overrides, placement, task } from "./shared/flags.ts";
import { inspect } from "./shared/inspect_io.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { print } from "../reporters/print_io.ts";

const format = object({
  format: withDefault(
    option("--format", oneOfThese(["text", "mermaid", "dot"]), { description: message`How to draw it.` }),
    "text" as const,
  ),
});

const parser = merge(format, task, axes, amount, placement, location, overrides);

export const command = defineCommand({
  brief: message`The task graph as text, Mermaid or DOT.`,
  examples: [
    ["graph --format mermaid", "to paste into Markdown"],
    ["graph --format dot --setting A,D", "for Graphviz"],
  ],
  parser,
  complete: overrideWords,
  run: showGraph,
});

async function showGraph(flags: InferValue<typeof parser>): Promise<number> {
  const { plan, tasks } = await inspect(flags);
  const drawn = tasks.map((task) => ({
    name: printable(task.name),
    reads: dependenciesOf(task).map(printable),
    state: plan.get(task.name)!.kind,
  }));
  print(
    ...(flags.json ? drawn.map((task) => JSON.stringify(task)) : drawGraph(drawn, flags.format).split("\n")),
  );
  return 0;
}
