/**
 * What a stage's module sees of the engine. A stage is a main module:
 * `export const stage = defineStage({ slice, run }); if (import.meta.main) await stage.serve();`. The engine starts it
 * as a process of its own, sends one {@link StageRequest} as JSON on standard input, and reads one
 * {@link StageMessage} a line from standard output; everything else the process prints is its log.
 */
import type { Environment } from "../../lib/base/environment.ts";
import type { z } from "zod";
import { type FailureReason, UserError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { fromFile, type Parsed } from "../../lib/base/record.ts";
import { schemaProblem } from "../../lib/base/schema_problem.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import type { InputOrigin, Progress } from "./types.ts";

export interface StageRequest {
  readonly task: string;
  readonly slice: Json;
  /** Input name -> absolute path of a file or folder, to be read only. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Input name -> the task that made it; nothing for the user's own files. */
  readonly origins: Readonly<Record<string, InputOrigin>>;
  /** Staging folder: outputs are written to `<outDir>/<output name>`. */
  readonly outDir: string;
  /** Survives a failed or killed attempt under the same key; for checkpoints to resume from. */
  readonly partialDir: string;
  readonly threads: number;
  /** What tasks like it that go less far left to go on from, in no order; absent: nothing is known of any. */
  readonly earlier?: readonly EarlierWork[];
  /** How to get at what is to be made; changes nothing of it. */
  readonly route?: Json;
  /** Standard input stays open as long as the engine lives; when it ends, so must the stage. */
  readonly attached?: boolean;
}

/** A file that another task made and this one may go on from, to be read only. */
export interface EarlierWork {
  readonly path: string;
  /** Its name. */
  readonly task: string;
  /** Where it was made, if the task ended; absent: the file says it itself, or nobody knows. */
  readonly environment?: Environment;
}

export type StageMessage =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "note"; readonly level: "info" | "warning"; readonly message: string }
  | { readonly type: "done"; readonly environment: Environment }
  | {
    readonly type: "failed";
    readonly reason: FailureReason;
    readonly message: string;
    readonly stack?: string;
  };

/** The stage's side of the conversation. */
export interface StageIo extends StageRequest {
  /** Path of a declared input. @throws {Error} If the task has no such input. */
  input(name: string): string;
  /** Path under which the output `name` is to be written. */
  output(name: string): string;
  progress(progress: Progress): void;
  note(level: "info" | "warning", message: string): void;
  /** What decides the bytes of what it writes besides what it is told, as far as it has said. */
  readonly environment: Environment;
  /** Says what more does: what of the machine it computes with. */
  madeWith(facts: Environment): void;
}

/** A stage: what it is told, and what it does. */
export interface Stage {
  run(io: StageIo): Promise<void>;
  /** Serves one request as the process's main module. */
  serve(): Promise<never>;
}

/**
 * @param options.slice What the stage is told, in snake_case; code sees it in camelCase.
 * @throws {Error} (of `run`) If a slice is not as the schema has it: who made it and who reads it disagree.
 */
export function defineStage<Schema extends z.ZodType>(options: {
  readonly slice: Schema;
  run(io: StageIo, slice: Parsed<Schema>): void | Promise<void>;
}): Stage {
  const run = async (io: StageIo): Promise<void> => {
    const parsed = options.slice.safeParse(io.slice);
    if (!parsed.success) throw new Error(`Cannot run ${io.task}: its slice: ${schemaProblem(parsed.error)}`);
    await options.run(io, fromFile<Schema>(options.slice, parsed.data));
  };
  return { run, serve: () => serveStage(run) };
}

/** Serves one request: reads it, runs the stage, reports, and ends the process with status 0 or 1. */
export async function serveStage(run: (io: StageIo) => Promise<void>): Promise<never> {
  const input = Deno.stdin.readable.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>,
  )
    .getReader();
  const request = await readRequest(input);
  if (request.attached === true) void endWithEngine(input);
  try {
    const io = stageIo(request);
    await run(io);
    send({ type: "done", environment: io.environment });
  } catch (error) {
    send(failureOf(explainSystemError(error, `run ${request.task}`)));
    Deno.exit(1);
  }
  Deno.exit(0);
}

/** Reads as far as the request goes; an engine leaves the stream open behind it, a file ends. */
async function readRequest(input: ReadableStreamDefaultReader<string>): Promise<StageRequest> {
  let text = "";
  for (;;) {
    const { done, value = "" } = await input.read();
    text += value;
    if (done || value.endsWith("\n")) {
      try {
        return JSON.parse(text);
      } catch (error) {
        if (done) throw error; // a chunk may end with a line inside the request
      }
    }
  }
}

/** Without this a stage whose engine was killed would go on writing beside the one that takes its place. */
async function endWithEngine(input: ReadableStreamDefaultReader<string>): Promise<never> {
  while (!(await input.read()).done);
  Deno.exit(1);
}

function stageIo(request: StageRequest): StageIo {
  // Mathematical functions, and what a letter is: V8's affair in every stage.
  const environment: Record<string, string> = { v8: Deno.version.v8 };
  return {
    ...request,
    environment,
    madeWith: (facts) => void Object.assign(environment, facts),
    input(name) {
      const path = request.inputs[name];
      if (path === undefined) throw new Error(`Task ${request.task} has no input ${JSON.stringify(name)}`);
      return path;
    },
    output: (name) => `${request.outDir}/${name}`,
    progress: (progress) => send({ type: "progress", progress }),
    note: (level, message) => send({ type: "note", level, message }),
  };
}

function failureOf(error: unknown): StageMessage {
  if (error instanceof UserError) return { type: "failed", reason: error.reason, message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { type: "failed", reason: "unexpected", message, ...(stack === undefined ? {} : { stack }) };
}

function send(message: StageMessage): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
