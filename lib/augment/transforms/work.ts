/** Transforms at work. */
import type { Rng } from "../../base/random.ts";
import { openWaveFilters } from "../../kernels/wave_filters/alone_io.ts";
import type { WaveFilters } from "../../audio/wave_filters.ts";
import type { Augmentation, AugmentedExample, BandChange, BandsSize, Surroundings } from "../contract.ts";
import { stretches } from "./bands/masks.ts";
import { lookedUp } from "./bands/warp.ts";
import type { Config } from "./kind.ts";
import { drawnShare } from "./mix.ts";
import { drawn } from "./ranges.ts";
import { applyAll } from "./waves/list.ts";
import { Spare } from "./waves/spare.ts";

export async function openWork(): Promise<Augmentation<Config>> {
  const tools = { filters: await openWaveFilters(), spare: new Spare() };
  return {
    augment: (config, example, around, rng) => augmented(config, example, around, tools, rng),
    bands: changedBands,
  };
}

interface Tools {
  readonly filters: WaveFilters;
  readonly spare: Spare;
}

function augmented(
  { waves, mix }: Config,
  { values, labels }: AugmentedExample,
  around: Surroundings,
  { filters, spare }: Tools,
  rng: Rng,
): AugmentedExample {
  const { sampleRate } = around;
  const { lend } = spare;
  const changed = (example: AugmentedExample, own: Rng) => {
    const values = applyAll(waves, { ...example, sampleRate, around, filters, lend }, own);
    return values === example.values ? values : values.slice();
  };
  spare.takeBack();
  const own = changed({ values, labels }, rng);
  const ofMix = rng.fork("mix");
  if (mix === null || !(ofMix.uniform() < mix.p)) return { values: own, labels };
  const row = ofMix.integer(around.count);
  const share = drawnShare(mix, ofMix);
  const other = { values: around.valuesOf(row), labels: around.labelsOf(row) };
  const heard = changed(other, ofMix.fork("other"));
  return {
    values: own.map((value, i) => (1 - share) * value + share * (heard[i] ?? 0)),
    labels,
    mixed: { labels: other.labels, share },
  };
}

function changedBands(
  { bands: { warp, masks } }: Config,
  { bands, frames, framesPerSecond }: BandsSize,
  rng: Rng,
): BandChange {
  const [ofWarp, ofMasks] = [rng.fork("warp"), rng.fork("masks")];
  const isWarped = warp !== null && ofWarp.uniform() < warp.p;
  const isMasked = masks !== null && ofMasks.uniform() < masks.p;
  return {
    from: isWarped ? lookedUp(drawn(warp.range, ofWarp), warp.until, bands) : null,
    bands: isMasked ? stretches(masks.bands.count, masks.bands.below, bands, ofMasks.fork("bands")) : [],
    frames: isMasked
      ? stretches(
        masks.frames.count,
        masks.frames.below_seconds * framesPerSecond,
        frames,
        ofMasks.fork("frames"),
      )
      : [],
    fill: masks?.fill ?? "zero",
  };
}
