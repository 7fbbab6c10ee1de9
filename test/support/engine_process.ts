/** Runs a graph and prints its events, one a line: `engine_process.ts PROJECT STORE GRAPH.json`. */
import { openCode } from "../../pipeline/engine/code/closure_io.ts";
import { runGraph } from "../../pipeline/engine/run.ts";
import { openStore } from "../../pipeline/engine/store/store_io.ts";
import { processRunner } from "../../pipeline/engine/process/task_io.ts";

if (import.meta.main) {
  const [root, store, graph] = Deno.args as [string, string, string];
  await runGraph({
    graph: { tasks: JSON.parse(Deno.readTextFileSync(graph)) },
    store: openStore(store, {
      lockTimes: { pollMs: 20, heartbeatMs: 500, silentMs: 5000, unreadableMs: 500 },
    }),
    code: openCode(root),
    runner: processRunner({ projectRoot: root, prepare: () => Promise.resolve() }),
    resources: { threads: 2, gpu: 0, jobs: 1 },
    onEvent: (event) => Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(event)}\n`)),
  });
}
