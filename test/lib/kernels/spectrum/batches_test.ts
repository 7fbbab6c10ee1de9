/** Features of many clips, batch behind batch, are those of each clip alone. */
import { assertEquals, assertThrows } from "@std/assert";
import { binCount } from "../../../../lib/audio/framing.ts";
import { fromInt16 } from "../../../../lib/audio/wav.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { openSpectrum } from "../../../../lib/kernels/spectrum/alone_io.ts";
import { type ClipBatch, SpectrumBatches } from "../../../../lib/kernels/spectrum/batches.ts";
import type { SpectrumPass } from "../../../../lib/kernels/spectrum/pass.ts";
import type { OwnKernels } from "../../../../lib/kernels/wasm/own_kernels.ts";
import { ownKernels } from "../../../../lib/kernels/wasm/own_kernels_io.ts";
import { drawnForm, formOf } from "./forms.ts";

type Samples = Int16Array | Float32Array;

function onThreads(name: string, body: (kernels: OwnKernels) => void | Promise<void>): void {
  for (const threads of [1, 2]) {
    Deno.test({
      name: `${name} (threads: ${threads})`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => await body(await ownKernels(threads)),
    });
  }
}

function drawnClip(rng: Rng, length: number, integers: boolean): Samples {
  const samples = Array.from({ length }, () => rng.uniform(-1, 1));
  return integers ? Int16Array.from(samples, (sample) => 32768 * sample) : Float32Array.from(samples);
}

function placed(batches: SpectrumBatches, clips: readonly Samples[]): ClipBatch {
  const batch = batches.place(clips.map(({ length }) => length), clips[0] instanceof Int16Array);
  clips.forEach((samples, clip) => batch.set(clip, samples));
  return batch;
}

onThreads(
  "SpectrumBatches has clips of any lengths and samples as they are alone, byte for byte",
  async (kernels) => {
    const rng = Rng.fromSeed("batches");
    for (let round = 0; round < 40; round++) {
      const form = drawnForm(rng.fork(`${round}`));
      const columns = binCount(form.nFft) + (form.conditioning?.energy === true ? 1 : 0);
      const weights = Float32Array.from({ length: 3 * columns }, () => rng.uniform(0, 1));
      const bank = round % 2 === 0 ? null : { weights, bands: 3, logOffset: 1e-10 };
      const pass: SpectrumPass = { ...form, bank };
      using batches = new SpectrumBatches(kernels, pass);
      const alone = await openSpectrum(pass);
      const made = (clips: readonly Samples[]) =>
        clips.flatMap((own) => [
          ...alone.features(own instanceof Int16Array ? fromInt16(own) : own, own.length),
        ]);
      let before: { readonly batch: ClipBatch; readonly wanted: number[] } | null = null;
      for (const lengths of [[211, 73, 150, 90], [200], [74, 300, 300]]) {
        const clips = lengths.map((length) => drawnClip(rng, length, round % 3 === 0));
        const batch = placed(batches, clips); // while the one before is computed
        before?.batch.finish();
        batch.start();
        if (before !== null) assertEquals([...before.batch.values()], before.wanted, JSON.stringify(pass));
        before = { batch, wanted: made(clips) };
      }
      before!.batch.finish();
      assertEquals([...before!.batch.values()], before!.wanted, JSON.stringify(pass));
    }
  },
);

onThreads("SpectrumBatches takes an empty batch, and refuses clips that are not as announced", (kernels) => {
  using batches = new SpectrumBatches(kernels, { ...formOf(48, 16), bank: null });
  const empty = batches.place([], true);
  empty.start();
  empty.finish();
  assertEquals(empty.values().length, 0);
  const batch = batches.place([100, 90], true);
  assertThrows(() => batch.set(1, new Int16Array(100)), RangeError, "wanted 90 integers");
  assertThrows(() => batch.set(0, new Float32Array(100)), RangeError, "wanted 100 integers");
  assertThrows(() => batches.place([100, 24], true), RangeError, "Cannot cut 24 samples");
});
