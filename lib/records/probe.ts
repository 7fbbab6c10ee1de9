/**
 * What a training made of its front-end, and a few examples seen through it before and after. `probe.safetensors`: the
 * arrays of each view as `<step>/<view>/<state>/<array>`, each example as `clips/<number>/<state>`; what they are is in
 * the metadata.
 */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { parseRecordText, toFile } from "../base/record.ts";
import type { StoredTensor, TensorFile, WritableData } from "../formats/safetensors.ts";
import type { View } from "../frontends/contract.ts";
import type { Representation } from "../nn/representation.ts";
import { representationSchema } from "./specs.ts";

/** Raised when the layout changes. */
const FORMAT = 3;
const KEY = "probe";

/** Before and after training. */
export const STATES = ["initial", "learned"] as const;
export type ProbeState = typeof STATES[number];

/** What one step's tensors stand for, before and after. */
export interface ProbedView extends Readonly<Record<ProbeState, View>> {
  /** Place in the chain and kind: `3-mel`. */
  readonly step: string;
}

/** An example as the model sees it. */
export interface ProbedClip extends Readonly<Record<ProbeState, Float32Array>> {
  readonly name: string;
  /** Names of its classes. */
  readonly labels: readonly string[];
  /** Of each state's array, row-major, in the order of the representation's axes. */
  readonly shape: readonly number[];
}

export interface Probe {
  readonly views: readonly ProbedView[];
  readonly clips: readonly ProbedClip[];
  /** What clips are shown as. */
  readonly representation: Representation;
  /** From one element of the axis of time to the next. */
  readonly secondsPerFrame: number;
}

const viewSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("filters"), bands: z.int() }),
  z.strictObject({ type: z.literal("kernels"), samples: z.int(), sample_rate: z.number() }),
  z.strictObject({ type: z.literal("values"), name: z.string(), unit: z.string() }),
]);

const schema = z.strictObject({
  format: z.literal(FORMAT),
  views: z.array(z.strictObject({ step: z.string(), view: viewSchema })),
  clips: z.array(z.strictObject({ name: z.string(), labels: z.array(z.string()) })),
  representation: representationSchema,
  seconds_per_frame: z.number().positive(),
});

type ViewHead = ReturnType<typeof headOf>;

/** As a safetensors file has it. */
export function probeFile({ views, clips, representation, secondsPerFrame }: Probe): {
  readonly tensors: ReadonlyMap<string, StoredTensor<WritableData>>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const tensors = new Map<string, StoredTensor<WritableData>>();
  for (const { step, ...states } of views) {
    for (const state of STATES) {
      const prefix = prefixOf(step, states[state], state);
      for (const [name, tensor] of arraysOf(states[state])) tensors.set(`${prefix}/${name}`, tensor);
    }
  }
  for (const [i, clip] of clips.entries()) {
    for (const state of STATES) tensors.set(`clips/${i}/${state}`, { shape: clip.shape, data: clip[state] });
  }
  const head = toFile(schema, {
    format: FORMAT,
    views: views.map(({ step, initial }) => ({ step, view: headOf(initial) })),
    clips: clips.map(({ name, labels }) => ({ name, labels })),
    representation,
    secondsPerFrame,
  });
  return { tensors, metadata: { [KEY]: JSON.stringify(head) } };
}

/** @param path Names the file in errors. @throws {UserError} `bad-file` if it is no such file. */
export function parseProbe({ tensors, metadata }: TensorFile, path: string): Probe {
  const head = parseRecordText(schema, metadata[KEY] ?? "null", `Cannot read the probe ${path}`, REMEDY);
  const stored = (name: string): StoredTensor<Float32Array> => {
    const found = tensors.get(name);
    if (found?.data instanceof Float32Array) return { shape: found.shape, data: found.data };
    throw new UserError("bad-file", `Cannot read the probe ${path}: found no ${name}, as float32. ${REMEDY}`);
  };
  return {
    views: head.views.map(({ step, view }) => {
      const of = (state: ProbeState) =>
        viewFrom(view, (name) => stored(`${prefixOf(step, view, state)}/${name}`).data);
      return { step, initial: of("initial"), learned: of("learned") };
    }),
    clips: head.clips.map((clip, i) => {
      const [initial, learned] = [stored(`clips/${i}/initial`), stored(`clips/${i}/learned`)];
      return { ...clip, shape: initial.shape, initial: initial.data, learned: learned.data };
    }),
    representation: head.representation,
    secondsPerFrame: head.secondsPerFrame,
  };
}

const REMEDY = "Make it again.";

function prefixOf(step: string, view: ViewHead | View, state: ProbeState): string {
  return `${step}/${view.type === "values" ? view.name : view.type}/${state}`;
}

/** Everything of a view that is no array. */
function headOf(view: View) {
  switch (view.type) {
    case "filters":
      return { type: view.type, bands: view.bands };
    case "kernels":
      return { type: view.type, samples: view.samples, sampleRate: view.sampleRate };
    case "values":
      return { type: view.type, name: view.name, unit: view.unit };
    default:
      throw view satisfies never;
  }
}

function arraysOf(view: View): [string, StoredTensor<Float32Array>][] {
  const rows = (data: Float32Array, count: number) => ({ shape: [count, data.length / count], data });
  const line = (data: Float32Array) => ({ shape: [data.length], data });
  switch (view.type) {
    case "filters":
      return [
        ["weights", rows(view.weights, view.bands)],
        ["centres_hz", line(view.centresHz)],
        ["widths_hz", line(view.widthsHz)],
        ["bins_hz", line(view.binsHz)],
      ];
    case "kernels": {
      const bins = view.wcos.length / view.samples;
      return [
        ["wcos", rows(view.wcos, bins)],
        ["wsin", rows(view.wsin, bins)],
        ["bins_hz", line(view.binsHz)],
      ];
    }
    case "values":
      return [["values", line(view.values)]];
    default:
      throw view satisfies never;
  }
}

function viewFrom(head: ViewHead, array: (name: string) => Float32Array): View {
  switch (head.type) {
    case "filters":
      return {
        ...head,
        weights: array("weights"),
        centresHz: array("centres_hz"),
        widthsHz: array("widths_hz"),
        binsHz: array("bins_hz"),
      };
    case "kernels":
      return { ...head, wcos: array("wcos"), wsin: array("wsin"), binsHz: array("bins_hz") };
    case "values":
      return { ...head, values: array("values") };
    default:
      throw head satisfies never;
  }
}
