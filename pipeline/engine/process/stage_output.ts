/** Tells what a stage says from what it merely prints. Pure. */
import type { Environment } from "../../../lib/base/environment.ts";
import type { StageMessage } from "../stage.ts";

/** The message in a line of a stage's standard output; `undefined` if the line belongs to the log. */
export function parseStageLine(line: string): StageMessage | undefined {
  if (!line.startsWith('{"type":')) return undefined;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  switch (value.type) {
    case "done":
      return areFacts(value.environment) ? { type: "done", environment: value.environment } : undefined;
    case "failed":
      return isText(value.reason) && isText(value.message) ? value as unknown as StageMessage : undefined;
    case "note":
      return isText(value.level) && isText(value.message) ? value as unknown as StageMessage : undefined;
    case "progress": {
      const progress = value.progress as { done?: unknown; total?: unknown } | null | undefined;
      const sound = typeof progress?.done === "number" && typeof progress.total === "number";
      return sound ? value as unknown as StageMessage : undefined;
    }
    default:
      return undefined;
  }
}

/** Cuts a stream of text into lines; the last one counts without an end of line too. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncIterable<string> {
  let rest = "";
  for await (
    const text of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function areFacts(value: unknown): value is Environment {
  return typeof value === "object" && value !== null && Object.values(value).every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
