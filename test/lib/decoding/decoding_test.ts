import { assert, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { greedyDecode } from "../../../lib/decoding/greedy.ts";
import { prefixBeamDecode } from "../../../lib/decoding/prefix_beam.ts";

function logitsOf(path: readonly number[], classes: number): Float32Array {
  const logits = new Float32Array(path.length * classes);
  path.forEach((label, frame) => logits[frame * classes + label] = 5);
  return logits;
}

/** Every label sequence's probability, by going through every path. */
function probabilities(logits: Float32Array, frames: number, classes: number): Map<string, number> {
  const sums = new Map<string, number>();
  const walk = (frame: number, previous: number, labels: readonly number[], p: number) => {
    if (frame === frames) {
      const key = labels.join(" ");
      sums.set(key, (sums.get(key) ?? 0) + p);
      return;
    }
    const row = logits.subarray(frame * classes, (frame + 1) * classes);
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    row.forEach((x, label) =>
      walk(
        frame + 1,
        label,
        label !== 0 && label !== previous ? [...labels, label] : labels,
        p * Math.exp(x) / total,
      )
    );
  };
  walk(0, 0, [], 1);
  return sums;
}

Deno.test("greedyDecode() merges repeats, keeps those that a blank parts, and says when each begins", () => {
  const path = [0, 2, 2, 0, 2, 1, 1, 0, 0];
  const decoded = greedyDecode({ logits: logitsOf(path, 3), offset: 0, frames: path.length, classes: 3 });
  assertEquals(decoded.labels, [2, 2, 1]);
  assertEquals(decoded.firstFrames, [1, 4, 5]);
});

Deno.test("decoders read one clip of a batch, and no frame beyond its length", () => {
  const logits = logitsOf([1, 1, 2, 0, 1, 2], 3);
  const second = { logits, offset: 2 * 3, frames: 2, classes: 3 };
  assertEquals(greedyDecode(second).labels, [2]);
  assertEquals(prefixBeamDecode(second, 4).labels, [2]);
  assertEquals(greedyDecode({ ...second, frames: 0 }).labels, []);
});

Deno.test("prefixBeamDecode() finds the likeliest sequence over all alignments when the beam holds them all", () => {
  for (let seed = 0; seed < 20; seed++) {
    const rng = Rng.fromSeed(seed);
    const [frames, classes] = [5, 3];
    const logits = Float32Array.from({ length: frames * classes }, () => 1.5 * rng.normal());
    const all = [...probabilities(logits, frames, classes)].sort((a, b) => b[1] - a[1]);
    assert(Math.abs(all.reduce((sum, [, p]) => sum + p, 0) - 1) < 1e-9);
    assertEquals(prefixBeamDecode({ logits, offset: 0, frames, classes }, 500).labels.join(" "), all[0]![0]);
  }
});

Deno.test("prefixBeamDecode() finds what the best path misses", () => {
  // Blank is the likeliest in each frame (0.4), but label 1 in one frame or both has 0.16 + 2 * 0.4 * 0.4 in all.
  const logits = Float32Array.from([0.4, 0.4 - 1e-4, 0.2, 0.4, 0.4 - 1e-4, 0.2], Math.log);
  const input = { logits, offset: 0, frames: 2, classes: 3 };
  assertEquals(greedyDecode(input).labels, []);
  assertEquals(prefixBeamDecode(input, 4).labels, [1]);
});

Deno.test("prefixBeamDecode() with a narrow beam is no worse than the best path's sequence on average", () => {
  let [beamBetter, greedyBetter] = [0, 0];
  for (let seed = 0; seed < 30; seed++) {
    const rng = Rng.fromSeed(`narrow/${seed}`);
    const [frames, classes] = [6, 4];
    const logits = Float32Array.from({ length: frames * classes }, () => rng.normal());
    const sums = probabilities(logits, frames, classes);
    const input = { logits, offset: 0, frames, classes };
    const of = (labels: readonly number[]) => sums.get(labels.join(" "))!;
    const [beam, greedy] = [of(prefixBeamDecode(input, 3).labels), of(greedyDecode(input).labels)];
    if (beam > greedy) beamBetter++;
    if (greedy > beam) greedyBetter++;
  }
  assert(beamBetter > 5 * greedyBetter, `${beamBetter} and ${greedyBetter}`);
});

Deno.test("prefixBeamDecode() refuses a beam of no width", () => {
  assertThrows(
    () => prefixBeamDecode({ logits: [], offset: 0, frames: 0, classes: 2 }, 0),
    RangeError,
    "beam of 0",
  );
});
