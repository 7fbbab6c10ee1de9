/** A stage's view of the engine, without an engine: inputs and outputs are folders of the test. */
import type { Json } from "../../../lib/base/json.ts";
import type { StageIo } from "../../../pipeline/engine/stage.ts";
import type { Progress } from "../../../pipeline/engine/types.ts";

export interface FakeIo extends StageIo {
  readonly reports: Progress[];
  readonly notes: string[];
  readonly environment: Record<string, string>;
}

export function fakeIo(slice: Json, outDir: string, inputs: Readonly<Record<string, string>> = {}): FakeIo {
  const reports: Progress[] = [];
  const notes: string[] = [];
  const environment: Record<string, string> = {};
  return {
    task: "test",
    slice,
    inputs,
    origins: {},
    outDir,
    partialDir: outDir,
    threads: 1,
    reports,
    notes,
    environment,
    madeWith: (facts) => void Object.assign(environment, facts),
    input: (name) => inputs[name]!,
    output: (name) => `${outDir}/${name}`,
    progress: (progress) => void reports.push(progress),
    note: (level, message) => void notes.push(`${level}: ${message}`),
  };
}
