/** What `status`, `why` and `graph` speak of: the same graph as the command that they name. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { inspect } from "../../../pipeline/commands/shared/inspect_io.ts";
import { openProject } from "../../../pipeline/commands/shared/project_io.ts";
import type { Request } from "../../../pipeline/commands/shared/request.ts";
import { runRequest } from "../../../pipeline/commands/shared/run_request_io.ts";
import { expandRequest, graphOf } from "../../../pipeline/commands/shared/request_io.ts";
import { openCode } from "../../../pipeline/engine/code/closure_io.ts";
import { planRun } from "../../../pipeline/engine/run.ts";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import { ENGINE_FORMAT } from "../../../pipeline/engine/types.ts";
import { tempDir } from "../../support/temp_dir.ts";

const WORDS = ["setting=A,B"];
const FLAGS = {
  ...{ task: "kws", overrides: WORDS, quick: true, executor: undefined, json: false, debug: false },
} as const;

/** Commits outputs that nobody computed for all tasks of what a command runs. */
async function makeUp(path: string, request: Request): Promise<void> {
  const project = openProject();
  const { graph } = await graphOf(project, await expandRequest(project, request), request, null);
  const store = openStore(path);
  const code = openCode(project.root, store.statCache);
  for (;;) {
    const plan = await planRun({ graph, store, code });
    const stale = graph.tasks.flatMap((spec) => {
      const state = plan.get(spec.name)!;
      return state.kind === "stale" ? [{ spec, state }] : [];
    });
    if (stale.length === 0) return;
    for (const { spec, state: { key, fingerprint } } of stale) {
      const staging = store.openStaging(key);
      for (const name of spec.outputs) Deno.writeTextFileSync(`${staging.outDir}/${name}`, spec.name);
      const outputs = await store.hashOutputs(staging, spec.outputs, spec.name);
      const startedAt = "2026-01-01T00:00:00.000Z";
      const made = { startedAt, seconds: 1, attempts: 1, host: "h", deno: "2", log: "" };
      await store.commit({
        staging,
        receipt: { format: ENGINE_FORMAT, key, task: spec.name, fingerprint, outputs, ...made },
      });
      store.closeStaging(staging);
    }
  }
}

Deno.test("of lists the sweep is spoken of, unless the store has what kws made of the same words", async () => {
  await using dir = tempDir();
  const store = `${dir.path}/store`;
  const found = async () => {
    const { command, plan } = await inspect({ ...FLAGS, store });
    const table = [...plan.keys()].find((name) => name.startsWith("aggregate/"));
    return [command, table, [...plan.values()].every(({ kind }) => kind === "fresh")];
  };
  const request = { task: "kws", overrides: WORDS, quick: true };
  openStore(store);
  const swept = ["deno task sweep --quick setting=A,B", "aggregate/sweep-setting"];
  assertEquals(await found(), [...swept, false]);
  await makeUp(store, { ...request, kind: "compare" });
  assertEquals(await found(), ["deno task kws --quick setting=A,B", "aggregate/kws", true]);
  await makeUp(store, { ...request, kind: "sweep" });
  assertEquals(await found(), [...swept, true]);
});

Deno.test("a stream is listened into by what is to run, which it may refuse, and not by what only looks", async () => {
  await using dir = tempDir();
  const [store, short] = [`${dir.path}/store`, `${dir.path}/short.wav`];
  Deno.writeFileSync(short, encodeWav16(new Float32Array(8000), 16000));
  const overrides = ["setting=A", "stream=voices", `stream.root=${short}`];
  openStore(store);
  const { views } = await inspect({ ...FLAGS, overrides, store });
  assert(views.length > 0);
  const execution = { detach: false, dryRun: false, printConfig: false, force: [], jobs: undefined };
  const limits = { threads: undefined, failFast: false, keepGoing: false };
  for (const kind of ["compare", "sweep"] as const) {
    await assertRejects(
      () => runRequest({ ...FLAGS, ...execution, ...limits, kind, overrides, store }),
      UserError,
      `Cannot listen to ${short}: it has 0.50 s of sound`,
    );
  }
  assertEquals(openStore(store).newestLogs().size, 0);
});
