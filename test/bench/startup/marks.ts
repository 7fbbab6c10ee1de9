/** Loaded before a command: when it ends, its marks and measures come to standard error, as one line of JSON. */
import type { Timeline } from "../startup.ts";

globalThis.addEventListener("unload", () => {
  const times = (type: string, value: "startTime" | "duration") =>
    performance.getEntriesByType(type).map((entry): [string, number] => [entry.name, entry[value]]);
  const timeline: Timeline = {
    origin: performance.timeOrigin,
    marks: times("mark", "startTime"),
    measures: times("measure", "duration"),
  };
  console.error(JSON.stringify(timeline));
});
