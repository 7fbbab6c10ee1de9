/** The graph that enrols own words on the body of a checkpoint. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { TaskGraph } from "../engine/types.ts";
import type { BackgroundSlice } from "../stages/background.ts";
import type { EnrollSlice } from "../stages/enroll.ts";
import { GraphBuilder, output } from "./builder.ts";
import type { DataOptions } from "./data.ts";
import { addFeatures } from "./features.ts";
import { moduleOf } from "./kind_modules.ts";
import type { PlannedNetwork } from "./network.ts";
import { tensorWork } from "./work.ts";

/** A recording. */
export interface Recorded {
  /** Absolute. */
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
}

export interface EnrollRequest {
  readonly network: PlannedNetwork;
  readonly classes: readonly string[];
  /** Absolute path of a safetensors file. */
  readonly path: string;
  /** In names of tasks. */
  readonly name: string;
  readonly words: readonly { readonly word: string; readonly takes: readonly Recorded[] }[];
  readonly falseAlarms: readonly Recorded[];
  readonly seed: number;
}

/** @returns The task writes `enrolled.safetensors` and `enrolment.json`. */
export function enrollGraph(
  { network, classes, path, name, words, falseAlarms, seed }: EnrollRequest,
  options: DataOptions & { readonly autoBackend: BackendName },
): { readonly graph: TaskGraph; readonly task: string } {
  const builder = new GraphBuilder();
  const work = tensorWork(network.config, options.autoBackend);
  // How the network was trained does not count any more.
  const kinds = network.modules.filter((module) => module !== moduleOf("tasks", network.config.task));
  const checkpoint = { kind: "external", path } as const;
  const slice: BackgroundSlice = { backend: work.backend };
  const background = builder.add({
    name: `background/${name}`,
    stage: "background",
    kinds,
    slice,
    inputs: {
      checkpoint,
      examples: addFeatures(
        builder,
        network,
        { split: "train", evaluated: classes, condition: null, waves: true },
        work,
        options,
      ),
    },
    outputs: ["background.safetensors"],
    ...work.resources,
  });
  const inputs: Record<string, { readonly kind: "external"; readonly path: string }> = {};
  const listed = (recordings: readonly Recorded[]) =>
    recordings.map(({ path, name }) => {
      const input = `recording${Object.keys(inputs).length}`;
      inputs[input] = { kind: "external", path };
      return { input, name };
    });
  const own: EnrollSlice = {
    words: words.map(({ word, takes }) => ({ word, takes: listed(takes) })),
    false_alarms: listed(falseAlarms),
    seed,
    backend: work.backend,
  };
  const task = builder.add({
    name: `enroll/${name}`,
    stage: "enroll",
    kinds,
    slice: own,
    inputs: { checkpoint, background: output(background, "background.safetensors"), ...inputs },
    outputs: ["enrolled.safetensors", "enrolment.json"],
    ...work.resources,
  });
  return { graph: builder.graph(), task };
}
