/** The tasks from where recordings come from to the index of a split. */
import type { DataKind, DataSpec, Evaluated, Origin, Origins } from "../../lib/data/contract.ts";
import type { SplitName } from "../../lib/records/example_index.ts";
import type { InputSource } from "../engine/types.ts";
import { type GraphBuilder, output } from "./builder.ts";
import type { IndexSlice } from "../stages/index.ts";
import type { SynthesizeSlice } from "../stages/synthesize.ts";
import { moduleOf } from "./kind_modules.ts";
import { archiveFolder, type DownloadOptions } from "./archive.ts";

export interface DataOptions {
  readonly downloads: DownloadOptions;
}

/** A data set as a run, or an evaluation, asks for it. */
export interface Dataset {
  readonly kind: DataKind;
  readonly config: DataSpec;
  /** Null: to train. */
  readonly evaluated: Evaluated;
}

/** What can be read of a split. */
export interface SplitSources {
  /** An `index.json`. */
  readonly index: InputSource;
  /** By the names that the index knows them by. */
  readonly recordings: Readonly<Record<string, InputSource>>;
}

/** For one clip of a second, measured on a 2-core machine: synthesis on both, the index on one. */
const [SYNTHESIS_SECONDS, INDEX_SECONDS] = [0.008, 0.0003];
/** Each loads all engines, which takes as long as some fifty clips. */
const SYNTHESIS_THREADS = 8;

/** What every data set calls its recordings; others are named besides. */
const RECORDINGS = "audio";

/** What names of tasks tell of a data set: `digits`, `timit-word`. */
export function datasetLabel({ kind, config }: Pick<Dataset, "kind" | "config">): string {
  return labelled(kind.name(config), { kind, config });
}

/**
 * What results call a data set: one that comes with the project is called after its file, as several are of one kind.
 *
 * @param file Of the group `dataset`, without its ending.
 */
export function datasetTitle(dataset: Pick<Dataset, "kind" | "config">, file: string): string {
  const { kind, config } = dataset;
  return labelled(kind.builtIn ? file : kind.name(config), dataset);
}

function labelled(name: string, { kind, config }: Pick<Dataset, "kind" | "config">): string {
  const told = Object.values(kind.variant(config)).filter((word) => word !== null);
  return [name, ...told].join("-");
}

/** Adds what this split needs and nothing for another; the same work asked for twice is one task. */
export function addSplit(
  builder: GraphBuilder,
  dataset: Dataset,
  split: SplitName,
  options: DataOptions,
): SplitSources {
  const { kind, config, evaluated } = dataset;
  const sources = (origins: Origins) =>
    Object.fromEntries(
      Object.entries(origins).map((
        [name, origin],
      ) => [name, sourceOf(builder, dataset, name, origin, options)]),
    );
  const recordings = sources(kind.recordings(config, split));
  const slice: IndexSlice = { kind: config.kind, split, settings: kind.indexSettings(config, evaluated) };
  const index = builder.add({
    name: `index/${datasetLabel(dataset)}-${split}${evaluated === null ? "" : "-evaluated"}`,
    stage: "index",
    kinds: [moduleOf("data", config.kind)],
    seconds: INDEX_SECONDS * (kind.examples(config) ?? 0),
    slice,
    inputs: { ...recordings, ...sources(kind.references(config, split, evaluated)) },
    outputs: ["index.json"],
  });
  return { index: output(index, "index.json"), recordings };
}

/** @param name By which an index knows it. */
function sourceOf(
  builder: GraphBuilder,
  dataset: Dataset,
  name: string,
  origin: Origin,
  options: DataOptions,
): InputSource {
  switch (origin.from) {
    case "user":
      return { kind: "external", path: origin.path };
    case "archive":
      return archiveFolder(builder, origin.name, origin.mirror, options.downloads);
    case "maker": {
      const { kind, config } = dataset;
      const slice: SynthesizeSlice = { kind: config.kind, settings: origin.settings };
      const task = builder.add({
        name: `synthesize/${kind.name(config)}${name === RECORDINGS ? "" : `-${name}`}`,
        stage: "synthesize",
        kinds: [moduleOf("data", config.kind)],
        seconds: SYNTHESIS_SECONDS * (kind.examples(config) ?? 0),
        slice,
        inputs: {},
        outputs: ["audio"],
        threads: SYNTHESIS_THREADS,
        packages: kind.maker?.packages ?? [],
      });
      return output(task, "audio");
    }
    case "index":
      return addSplit(builder, dataset, origin.split, options).index;
    default:
      throw origin satisfies never;
  }
}
