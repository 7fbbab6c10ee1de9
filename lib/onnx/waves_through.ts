/** Waves of a split through a model of ONNX. */
import type { Head } from "../models/contract.ts";
import { LOG_PROBABILITIES, LOGITS } from "./answers.ts";
import type { OnnxOutput, OnnxSession } from "./session_io.ts";

/** Examples of any length, at full scale 1. */
export interface Waves {
  valuesOf(row: number): Float32Array;
}

/**
 * Clips of one length go through together, others one by one: padding would change what a model makes of their ends.
 * @returns Logits (of frames: log probabilities, which serve as well) `[clips, classes]`, or `[clips, frames of the longest,
 *   classes]` with zeros where a clip has ended.
 */
export async function wavesThrough(
  session: OnnxSession,
  waves: Waves,
  rows: ArrayLike<number>,
  head: Head,
): Promise<OnnxOutput> {
  const name = head === "clip" ? LOGITS : LOG_PROBABILITIES;
  const clips = Array.from(rows, (row) => waves.valuesOf(row));
  const run = async (values: Float32Array, count: number) => (await session.run(values, count)).get(name)!;
  const [first] = clips as [Float32Array];
  if (clips.every(({ length }) => length === first.length)) {
    const all = new Float32Array(clips.length * first.length);
    clips.forEach((clip, i) => all.set(clip, i * first.length));
    return await run(all, clips.length);
  }
  const made: OnnxOutput[] = [];
  for (const clip of clips) made.push(await run(clip, 1));
  const classes = made[0]!.shape.at(-1)!;
  const longest = Math.max(...made.map(({ values }) => values.length));
  const values = new Float32Array(made.length * longest);
  made.forEach((own, i) => values.set(own.values, i * longest));
  return { shape: [made.length, longest / classes, classes], values };
}
