/** Task specifications, receipts and a runner without processes, for tests of the engine. */
import type { CodeReader } from "../../pipeline/engine/code/closure_io.ts";
import type { StageRunner, TaskLaunch, TaskResult } from "../../pipeline/engine/process/stage_runner.ts";
import { fingerprintOf, manifestOf, taskKey } from "../../pipeline/engine/fingerprint.ts";
import type {
  CodeManifest,
  ContentDigest,
  InputSource,
  Receipt,
  RunEvent,
  StoredOutput,
  TaskSpec,
} from "../../pipeline/engine/types.ts";
import type { Environment } from "../../lib/base/environment.ts";
import { sha256 } from "../../lib/base/digest.ts";

/** A task with one output `out.txt` and nothing special; inputs as `name: "task"` or `name: "/path"`. */
export function task(
  name: string,
  inputs: Readonly<Record<string, string>> = {},
  other: Partial<TaskSpec> = {},
): TaskSpec {
  const sources = Object.entries(inputs).map(([input, from]): [string, InputSource] => [
    input,
    from.startsWith("/") ? { kind: "external", path: from } : { kind: "task", task: from, output: "out.txt" },
  ]);
  return {
    name,
    stage: name.split("/")[0]!,
    module: "stages/stage.ts",
    slice: {},
    inputs: Object.fromEntries(sources),
    outputs: ["out.txt"],
    resources: { threads: 1, gpu: 0 },
    permissions: { net: [], env: [], packages: [] },
    ...other,
  };
}

export function textOutput(text: string): StoredOutput {
  return { kind: "file", digest: sha256(text) as ContentDigest, bytes: text.length, files: 1 };
}

export const NO_CODE: CodeManifest = manifestOf({ files: {}, packages: {} });

/** Code that is the same for every stage and can be changed by the test. */
export function fakeCode(): CodeReader & { code: CodeManifest } {
  return {
    code: NO_CODE,
    manifest() {
      return this.code;
    },
    current() {
      return this.code;
    },
  };
}

/** The receipt that a task leaves whose `out.txt` holds `text`. */
export function receiptFor(
  spec: TaskSpec,
  inputs: Readonly<Record<string, ContentDigest>>,
  text: string,
  code: CodeManifest = NO_CODE,
): Receipt {
  const fingerprint = fingerprintOf(spec, code, inputs);
  return {
    format: fingerprint.format,
    key: taskKey(fingerprint),
    task: spec.name,
    fingerprint,
    outputs: { "out.txt": textOutput(text) },
    startedAt: "2026-01-01T00:00:00.000Z",
    seconds: 1,
    attempts: 1,
    host: "test",
    deno: "0",
    log: "",
  };
}

export type FakeStage = (launch: TaskLaunch) => Promise<TaskResult> | TaskResult;

/** Stages that say where they ran. */
export function stagesIn(
  environment: Environment,
  ...names: readonly string[]
): Readonly<Record<string, FakeStage>> {
  const stage: FakeStage = (launch) => {
    writeOutput(launch, `${launch.spec.name} with ${Object.values(environment).join()}`);
    return { kind: "done", environment };
  };
  return Object.fromEntries(names.map((name) => [name, stage]));
}

/**
 * A runner without processes. Unless a stage is given, a task writes its slice and its inputs' text to `out.txt`.
 * `ran` lists the names of the tasks that were started.
 */
export function fakeRunner(
  stages: Readonly<Record<string, FakeStage>> = {},
): StageRunner & { ran: string[] } {
  const ran: string[] = [];
  return {
    ran,
    async run(launch) {
      ran.push(launch.spec.name);
      const stage = stages[launch.spec.name];
      if (stage !== undefined) return await stage(launch);
      const inputs = Object.values(launch.request.inputs).map((path) => Deno.readTextFileSync(path));
      writeOutput(launch, [JSON.stringify(launch.spec.slice), ...inputs].join("+"));
      return { kind: "done" };
    },
  };
}

export function writeOutput(launch: TaskLaunch, text: string): void {
  Deno.writeTextFileSync(`${launch.request.outDir}/out.txt`, text);
}

/** Resolves when the launch is aborted. */
export function untilAborted(launch: TaskLaunch): Promise<TaskResult> {
  return new Promise((resolve) => {
    const finish = () => resolve({ kind: "cancelled" });
    if (launch.signal.aborted) finish();
    else launch.signal.addEventListener("abort", finish, { once: true });
  });
}

/** Names of the tasks to which events of a type happened. */
export function tasksOf(events: readonly RunEvent[], type: RunEvent["type"]): readonly string[] {
  return events.flatMap((event) => event.type === type && "task" in event ? [event.task] : []);
}
