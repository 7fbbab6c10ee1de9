import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { batchesByLength, epochBatches, SAMPLERS, stepsPerEpoch } from "../../../../lib/tasks/asr/order.ts";

const rng = Rng.fromSeed(3);
const FRAMES = Int32Array.from({ length: 203 }, () => 50 + rng.integer(300));

function of(sampler: string, seed: number, most: number | null = null): Uint32Array[] {
  return epochBatches(sampler, FRAMES, 8, most, Rng.fromSeed(seed));
}

/** Frames of padded batches, relative to those of the utterances. */
function padding(batches: readonly Uint32Array[]): number {
  const padded = batches.map((rows) => rows.length * Math.max(...[...rows].map((row) => FRAMES[row]!)));
  return padded.reduce((a, b) => a + b) / FRAMES.reduce((a, b) => a + b);
}

Deno.test("batches hold every utterance once, of similar lengths where asked, and follow the seed", () => {
  for (const sampler of SAMPLERS) {
    const batches = of(sampler, 1);
    assertEquals(batches.length, 26);
    assertEquals(batches.flatMap((rows) => [...rows]).sort((a, b) => a - b), [...FRAMES.keys()]);
    assertEquals(of(sampler, 1), batches);
    assert(of(sampler, 2)[0]!.join() !== batches[0]!.join());
  }
  assert(padding(of("lengths", 1)) < 1.15 && padding(of("shuffle", 1)) > 1.5);
  assert(padding(batchesByLength(FRAMES, 8)) < 1.05);
});

Deno.test("an epoch has as many utterances as asked for, and no more than there are", () => {
  assertEquals(of("shuffle", 1, 20).map((rows) => rows.length), [8, 8, 4]);
  for (const sampler of SAMPLERS) {
    for (const most of [20, 203, 1000, null]) {
      const batches = of(sampler, 1, most);
      assertEquals(batches.length, stepsPerEpoch(FRAMES.length, 8, most));
      assertEquals(new Set(batches.flatMap((rows) => [...rows])).size, Math.min(203, most ?? 203));
    }
  }
});

Deno.test("batchesByLength() begins with the shortest, equal ones in their own order", () => {
  assertEquals(batchesByLength(Int32Array.of(9, 3, 3, 7, 1), 2).map((rows) => [...rows]), [[4, 1], [2, 3], [
    0,
  ]]);
});
