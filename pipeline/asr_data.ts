/** Phoneme recognition: the tasks from recordings to features of utterances. */
import { prefixSpec } from "../lib/frontends/spec.ts";
import type { AsrConfig, AsrDatasetConfig } from "./config/schema.ts";
import { type DataOptions, datasetName, type DataWork, featuresName } from "./data_work.ts";
import type { InputSource } from "./engine/types.ts";
import { type GraphBuilder, output } from "./graph_builder.ts";
import type { IndexUtterancesSlice } from "./stages/index_utterances.ts";
import type { SequenceFeaturesSlice } from "./stages/sequence_features.ts";
import type { SynthesizeSentencesSlice } from "./stages/synthesize_sentences.ts";

/** @returns The task that makes one file of features for each split. */
export function addUtteranceFeatures(
  builder: GraphBuilder,
  config: AsrConfig,
  { frontend, backend, tensorWork }: DataWork,
  options: DataOptions,
): string {
  const { dataset } = config;
  const audio = recordings(builder, dataset, options);
  const words = dataset.output === "phone" ? "" : `-${dataset.output}`;
  const index = builder.add({
    name: `index/${datasetName(dataset)}${words}`,
    stage: "index",
    module: "index_utterances",
    slice: indexSlice(dataset),
    inputs: { audio, ...phoneMap(dataset, options) },
    outputs: ["index.json"],
  });
  const prefix = prefixSpec(frontend);
  const isWaveform = prefix.representation === "waveform";
  const slice: SequenceFeaturesSlice = {
    prefix,
    sample_rate: dataset.sample_rate,
    backend: isWaveform ? null : backend,
  };
  return builder.add({
    name: `${featuresName(dataset, frontend)}${words}`,
    stage: "features",
    module: "sequence_features",
    slice,
    inputs: { audio, index: output(index, "index.json") },
    outputs: ["train.safetensors", "validation.safetensors", "test.safetensors"],
    ...(isWaveform ? {} : tensorWork),
  });
}

/** A folder of recordings: made by a task, or the user's own. */
function recordings(builder: GraphBuilder, dataset: AsrDatasetConfig, options: DataOptions): InputSource {
  switch (dataset.kind) {
    case "timit":
    case "kaldi":
      return { kind: "external", path: options.resolvePath(dataset.root!) };
    case "spoken_sentences": {
      const { seed, voices, sentences_per_voice, sample_rate } = dataset;
      const slice: SynthesizeSentencesSlice = { seed, voices, sentences_per_voice, sample_rate };
      const task = builder.add({
        name: `synthesize/${dataset.kind}`,
        stage: "synthesize",
        module: "synthesize_sentences",
        slice,
        inputs: {},
        outputs: ["audio"],
        packages: ["@echogarden/espeak-ng-emscripten"],
      });
      return output(task, "audio");
    }
    default:
      throw dataset satisfies never;
  }
}

/** Phones are renamed only where phones are recognised. */
function phoneMap(dataset: AsrDatasetConfig, options: DataOptions): Readonly<Record<string, InputSource>> {
  if (dataset.kind !== "kaldi" || dataset.phone_map === null || dataset.output !== "phone") return {};
  return { phone_map: { kind: "external", path: options.resolvePath(dataset.phone_map) } };
}

function indexSlice(dataset: AsrDatasetConfig): IndexUtterancesSlice {
  const { output, bad_files, sample_rate } = dataset;
  if (dataset.kind === "kaldi") {
    const { train, validation, test, validation_percent, transcript, phones } = dataset;
    const folders = { train, validation, test, validation_percent, transcript, phones };
    return { layout: "kaldi", output, bad_files, sample_rate, ...folders };
  }
  const { include_sa, split, test } = dataset;
  return { layout: "timit", output, bad_files, sample_rate, include_sa, split, test };
}
