/** Runs a stage as the engine does: a process of its own with its permissions, a request on standard input, messages on standard output. */
import { fromFileUrl } from "@std/path";
import type { Json } from "../../../lib/base/json.ts";
import { denoArguments } from "../../../pipeline/engine/process/permissions.ts";
import type { InputOrigin } from "../../../pipeline/engine/types.ts";
import type { EarlierWork, StageMessage } from "../../../pipeline/engine/stage.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** What the graph lets a task with tensors read besides code and inputs. */
const PACKAGES = ["@tensorflow/tfjs-backend-wasm"];

export interface StageRun {
  readonly stage: string;
  readonly slice: unknown;
  /** Absolute paths. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Outputs go to `<folder>/out`, what survives an attempt to `<folder>/partial`; both are made. */
  readonly folder: string;
  readonly origins?: Readonly<Record<string, InputOrigin>>;
  /** npm packages whose files it may read; unless told otherwise, those of tensors. */
  readonly packages?: readonly string[];
  /** More flags for Deno. */
  readonly flags?: readonly string[];
  readonly threads?: number;
  /** What others left to go on from. */
  readonly earlier?: readonly EarlierWork[];
}

export interface StageResult {
  readonly code: number;
  readonly messages: readonly StageMessage[];
  readonly log: string;
}

/** @param onMessage Sees each message as it comes; may kill the process. */
export async function runStage(
  { stage, slice, inputs, folder, origins = {}, packages = PACKAGES, flags = [], threads = 1, earlier = [] }:
    StageRun,
  onMessage: (message: StageMessage, kill: () => void) => void = () => {},
): Promise<StageResult> {
  const [outDir, partialDir] = [`${folder}/out`, `${folder}/partial`];
  for (const path of [outDir, partialDir]) await Deno.mkdir(path, { recursive: true });
  const command = denoArguments({
    projectRoot: ROOT,
    module: `pipeline/stages/${stage}.ts`,
    request: { inputs, earlier, outDir, partialDir },
    permissions: { net: [], env: [], packages },
    packageFolders: packages.map((name) => fromFileUrl(new URL(".", import.meta.resolve(name)))),
    v8Flags: [],
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: [...command.slice(0, -1), ...flags, ...command.slice(-1)],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const request = {
    task: `${stage}/test`,
    slice: slice as Json,
    inputs,
    origins,
    outDir,
    partialDir,
    threads,
    earlier,
  };
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const errors = new Response(child.stderr).text();
  const messages: StageMessage[] = [];
  const other: string[] = [];
  for await (const line of lines(child.stdout)) {
    if (!line.startsWith('{"type":')) {
      other.push(line);
      continue;
    }
    const message = JSON.parse(line) as StageMessage;
    messages.push(message);
    onMessage(message, () => child.kill("SIGKILL"));
  }
  const { code } = await child.status;
  return { code, messages, log: [...other, await errors].join("\n") };
}

/** The message that a failed stage ends with. */
export function failureOf(result: StageResult): { reason: string; message: string } {
  const last = result.messages.at(-1);
  if (last?.type !== "failed") throw new Error(`The stage ended with ${JSON.stringify(last)}\n${result.log}`);
  return last;
}

export function assertDone(result: StageResult): void {
  if (result.code === 0 && result.messages.at(-1)?.type === "done") return;
  throw new Error(`The stage ended with ${JSON.stringify(result.messages.at(-1))}\n${result.log}`);
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}
