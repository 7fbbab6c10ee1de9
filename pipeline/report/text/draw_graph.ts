/** A task graph as text, Mermaid or DOT. Pure. */

export interface DrawnTask {
  readonly name: string;
  /** Names of the tasks whose outputs it reads. */
  readonly reads: readonly string[];
  readonly state: "fresh" | "stale" | "pending";
}

export type GraphFormat = "text" | "mermaid" | "dot";

/** @param tasks In topological order. */
export function drawGraph(tasks: readonly DrawnTask[], format: GraphFormat): string {
  switch (format) {
    case "text":
      return drawText(tasks);
    case "mermaid":
      return drawMermaid(tasks);
    case "dot":
      return drawDot(tasks);
    default:
      throw format satisfies never;
  }
}

function drawText(tasks: readonly DrawnTask[]): string {
  return tasks.map(({ name, reads, state }) =>
    `${name} (${state})${reads.map((r) => `\n  <- ${r}`).join("")}`
  ).join("\n");
}

function drawMermaid(tasks: readonly DrawnTask[]): string {
  const id = new Map(tasks.map(({ name }, i) => [name, `t${i}`]));
  return [
    "flowchart LR",
    ...tasks.map(({ name, state }) => `  ${id.get(name)}["${name.replaceAll('"', "#quot;")}"]:::${state}`),
    ...tasks.flatMap(({ name, reads }) => reads.map((r) => `  ${id.get(r)} --> ${id.get(name)}`)),
    ...Object.entries(COLORS).map(([state, color]) => `  classDef ${state} fill:${color},color:#000`),
  ].join("\n");
}

function drawDot(tasks: readonly DrawnTask[]): string {
  const quote = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    "digraph tasks {",
    "  rankdir=LR; node [shape=box, style=filled];",
    ...tasks.map(({ name, state }) => `  ${quote(name)} [fillcolor="${COLORS[state]}"];`),
    ...tasks.flatMap(({ name, reads }) => reads.map((r) => `  ${quote(r)} -> ${quote(name)};`)),
    "}",
  ].join("\n");
}

const COLORS: Readonly<Record<DrawnTask["state"], string>> = {
  fresh: "#c8e6c9",
  stale: "#ffe0b2",
  pending: "#eeeeee",
};
