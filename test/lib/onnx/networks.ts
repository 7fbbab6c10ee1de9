/** Networks with random weights, exported, and what they answer here: for tests. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import type { Head } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import type { Graph } from "../../../lib/onnx/graph.ts";
import { encodeModel } from "../../../lib/onnx/model_file.ts";
import { type NetworkGraph, networkGraph, type NetworkMaker } from "../../../lib/onnx/network_graph.ts";
import { groupOf } from "../frontends/filters/front_ends.ts";
import type { OnnxCase, OnnxResult } from "../../onnx/onnx_io.ts";

export const CLASSES = 5;
/** Of a second at 16 kHz, as keyword spotters hear. */
export const CLIP = 16000;

/** Far above what is tolerated. */
const VARIED = 2e-3;

export interface Exported {
  readonly name: string;
  readonly graph: NetworkGraph;
  readonly case: OnnxCase;
  /** For each file of waves. */
  readonly wanted: readonly (readonly Float32Array[])[];
  /** Names of the outputs that these are. */
  readonly outputs: readonly string[];
}

/** Random weights; running statistics too, as a network that normalises by 0 and 1 would hide mistakes. */
export function randomState(specs: Parameters<typeof createState>[0], rng: Rng): NetworkState {
  const state = createState(specs, rng.fork("init"));
  for (const [name, variable] of state) {
    if (!/running_|bn|norm/i.test(name)) continue;
    const own = rng.fork(name);
    const [from, to] = rangeOf(name);
    const values = Float32Array.from({ length: variable.size }, () => own.uniform(from, to));
    const drawn = tf.tensor(values, variable.shape);
    variable.assign(drawn);
    drawn.dispose();
  }
  return state;
}

/**
 * Rectifiers must let something pass, and small variances make up for what initial weights let fade: an untrained network
 * says the same of all clips.
 */
function rangeOf(name: string): readonly [number, number] {
  if (/running_mean/.test(name)) return [-0.1, 0.1];
  return /running_var/.test(name) ? [0.1, 0.4] : [0.5, 1.5];
}

/** Sounds with quiet stretches. @returns `[batch, samples]` row by row. */
export function waves(rng: Rng, batch: number, samples: number): Float32Array {
  return Float32Array.from(
    { length: batch * samples },
    (_, i) => {
      const [clip, at] = [Math.floor(i / samples), i % samples];
      return 0.1 * rng.normal() * Math.sin(at / 3000) +
        0.2 * Math.sin(at * at / (1e5 * (1 + 9 * clip)) + clip);
    },
  );
}

/** @param name Names its files. @param model Of a file in `conf/model`. @param change Of what is written. */
export async function exported(
  folder: string,
  name: string,
  frontend: FrontendSpec,
  model: string,
  head: Head,
  change?: (graph: Graph) => Graph,
): Promise<Exported> {
  const spec = groupOf("model", model) as never;
  const build = (samples: number | null) => buildNetwork(frontend, spec, head, CLASSES, samples);
  const clipSamples = head === "clip" ? CLIP : null;
  return await exportedBy(folder, name, { build, clipSamples }, head, CLIP, change);
}

/** @param maker Without a state: it gets a random one. */
export async function exportedBy(
  folder: string,
  name: string,
  maker: Omit<NetworkMaker, "state">,
  head: Head,
  clip = CLIP,
  change: (graph: Graph) => Graph = (graph) => graph,
): Promise<Exported> {
  const { build, clipSamples } = maker;
  const rng = Rng.fromSeed(1).fork(name);
  const network = await build(clipSamples);
  const state = new Map([...randomState(network, rng), ...frozenState(network)]);
  const graph = await networkGraph({ ...maker, state });
  const model = `${folder}/${name}.onnx`;
  Deno.writeFileSync(model, encodeModel(change(graph.graph), {}, ""));
  // Any batch; where clips may be of any length, ends at any place of a hop.
  const sizes = [[1, clip], [3, clip], ...(graph.clipSamples === null ? [[2, 12345], [1, 20123]] : [])];
  const made = await Promise.all(sizes.map(async ([batch, samples], i) => {
    const wave = waves(rng.fork(String(i)), batch!, samples!);
    const path = `${folder}/${name}-${i}.f32`;
    Deno.writeFileSync(path, new Uint8Array(wave.buffer));
    const own = clipSamples === null ? network : await build(clipSamples);
    const wanted = tf.tidy(() => {
      const logits = own.forward(state, tf.tensor2d(wave, [batch!, samples!]), { training: false }, 0);
      const answers = head === "clip" ? [tf.softmax(logits), logits] : [tf.logSoftmax(logits)];
      return answers.map((own) => own.dataSync<"float32">().slice());
    });
    return { file: [path, batch!] as const, wanted };
  }));
  disposeState(state);
  checkVaried(name, made[1]!.wanted.at(-1)!, 3);
  return {
    name,
    graph,
    case: { model, waves: made.map(({ file }) => file) },
    wanted: made.map(({ wanted }) => wanted),
    outputs: head === "clip" ? ["probabilities", "logits"] : ["log_probabilities"],
  };
}

/** What answers the same to all clips shows nothing. @throws {Error} */
function checkVaried(name: string, answers: Float32Array, clips: number): void {
  const size = answers.length / clips;
  const [first, second] = [answers.subarray(0, size), answers.subarray(size, 2 * size)];
  if (first.some((value, i) => Math.abs(value - second[i]!) > VARIED)) return;
  throw new Error(`${name}: its answers to two clips are alike`);
}

/**
 * The largest distance of what another program answers, as a share of the largest value where that is above 1: logits may
 * be large.
 * @throws {Error} If it answers more or less.
 */
export function distance({ name, wanted, outputs: names }: Exported, { outputs }: OnnxResult): number {
  return Math.max(...wanted.flatMap((answers, i) =>
    answers.map((own, output) => {
      const found = outputs[i]![names[output]!]!.values;
      if (found.length !== own.length) {
        throw new Error(`${name}: ${found.length} answers, wanted ${own.length}`);
      }
      const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      return own.reduce((most, value, j) => {
        const apart = Math.abs(value - found[j]!) / largest;
        return apart <= most ? most : Number.isNaN(apart) ? Infinity : apart;
      }, 0);
    })
  ));
}
