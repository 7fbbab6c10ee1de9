/** Ranges of a model's values on clips that it was trained on. */
import { encodeModel } from "./model_file.ts";
import type { Graph } from "./graph.ts";
import { type Range, withOutputs } from "./quantise.ts";
import { openOnnx } from "./session_io.ts";

/**
 * Least and most of values, over all clips: what is rare counts as well, as loud and quiet clips must both fit.
 * @param names Of values of the graph. @param clips Waves at full scale 1, of the lengths that the model takes. @param onClip Told how many are done.
 */
export async function rangesOn(
  graph: Graph,
  names: readonly string[],
  clips: Iterable<Float32Array>,
  onClip: (done: number) => void,
): Promise<ReadonlyMap<string, Range>> {
  const session = await openOnnx(encodeModel(withOutputs(graph, names), {}, ""), "the model to be quantised");
  const ranges = new Map<string, Range>(names.map((name) => [name, { least: Infinity, most: -Infinity }]));
  let done = 0;
  for (const clip of clips) {
    const made = await session.run(clip, 1);
    for (const name of names) {
      let { least, most } = ranges.get(name)!;
      for (const value of made.get(name)!.values) {
        if (value < least) least = value;
        if (value > most) most = value;
      }
      ranges.set(name, { least, most });
    }
    onClip(++done);
  }
  await session.close();
  return ranges;
}
