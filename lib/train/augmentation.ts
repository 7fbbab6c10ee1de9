/** An augmentation and the examples that it changes, put together. Needs no numeric library. */
import type { AugmentSpec, Changed, Surroundings } from "../augment/contract.ts";
import { AUGMENTATIONS } from "../augment/kinds.ts";
import { loadKind } from "../base/kinds.ts";
import type { Chain } from "../frontends/plan.ts";
import { bandsOf } from "../nn/representation.ts";
import type { Augment } from "./batch_reader.ts";
import type { ExampleSource } from "./example_file_io.ts";

/** @throws {UserError} `bad-config` for a kind that is not known. */
export async function changesOf(spec: AugmentSpec): Promise<readonly Changed[]> {
  return (await loadKind(AUGMENTATIONS, spec.kind, "augmentation")).changes(spec);
}

export async function augmentOf(
  spec: AugmentSpec,
  source: ExampleSource,
  { representations, shown, framing }: Pick<Chain, "representations" | "shown" | "framing">,
): Promise<Augment> {
  const kind = await loadKind(AUGMENTATIONS, spec.kind, "augmentation");
  const changes = kind.changes(spec);
  const { augment, bands: change } = await kind.load();
  const around: Surroundings = {
    sampleRate: source.info.sampleRate,
    clipSamples: source.info.clipSamples,
    count: source.count,
    labelsOf: (row) => Array.from(source.labelsOf(row), (label) => source.classes[label]!),
    valuesOf: (row) => source.valuesOf(row),
  };
  const { bands } = bandsOf("an augmentation", representations[shown]!); // before steps that only level values out
  const framesPerSecond = source.info.sampleRate / framing.hopSamples;
  return {
    ...(changes.includes("waves") ? { wave: (example, rng) => augment(spec, example, around, rng) } : {}),
    ...(changes.includes("spectra") && change !== undefined
      ? { bands: (frames, rng) => change(spec, { bands, frames, framesPerSecond }, rng) }
      : {}),
  };
}
