/** A network against what PyTorch computed from the same state: evaluated, and one training step's loss and gradients. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import type { Body } from "../../../lib/models/contract.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { lossAndGradients } from "./harness.ts";

/** Of the three clips. */
const LABELS = [0, 5, 11];

/**
 * A file in `test/fixtures` with `input`, `state/NAME`, `logits_eval`, `loss`, `grad/NAME`, and `after/NAME` of buffers
 * after the step, all in a folder if there is one.
 */
export class TorchFile {
  readonly #file: ReturnType<typeof readTensors>;
  readonly #folder: string;

  constructor(path: string, folder = "") {
    this.#file = readTensors(new URL(`../../fixtures/${path}`, import.meta.url).pathname);
    this.#folder = folder;
  }

  async check(network: Body): Promise<void> {
    const state = createState(network, Rng.fromSeed(0));
    assertEquals([...state.keys()].sort(), this.#namesBelow("state"));
    for (const [name, variable] of state) {
      const { data, shape } = this.#at(`state/${name}`);
      assertEquals(shape, variable.shape, name);
      const values = tf.tensor(data, variable.shape);
      variable.assign(values);
      values.dispose();
    }
    const input = this.#at("input");
    const [clips, bands, frames] = input.shape;
    const x = tf.tensor3d(input.data, [clips!, bands!, frames!]);
    const evaluated = tf.tidy(() => network.forward(state, x, { training: false }));
    this.#assertClose(await evaluated.data<"float32">(), "logits_eval", 2e-5);
    const { loss, gradients } = await lossAndGradients(network, state, x, LABELS);
    this.#assertClose(Float32Array.of(loss), "loss", 1e-5);
    for (const [name, gradient] of gradients) this.#assertClose(gradient, `grad/${name}`, 5e-4, 1e-6);
    for (const name of this.#namesBelow("after")) {
      this.#assertClose(await state.get(name)!.data<"float32">(), `after/${name}`, 1e-5, 1e-7);
    }
    tf.dispose([x, evaluated]);
    disposeState(state);
  }

  #at(name: string): { readonly data: Float32Array; readonly shape: readonly number[] } {
    const { data, shape } = this.#file.tensors.get(this.#folder + name) ?? {};
    if (data instanceof Float32Array && shape !== undefined) return { data, shape };
    throw new Error(`No reference tensor ${this.#folder}${name}`);
  }

  #namesBelow(part: string): string[] {
    const folder = `${this.#folder}${part}/`;
    const names = [...this.#file.tensors.keys()].filter((name) => name.startsWith(folder));
    return names.map((name) => name.slice(folder.length)).sort();
  }

  /** @param share Largest error allowed, relative to the tensor's largest value; or absolute, if that is more. */
  #assertClose(found: Float32Array, name: string, share: number, absolute = 0): void {
    const wanted = this.#at(name).data;
    assertEquals(found.length, wanted.length, name);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
    assert(
      worst <= Math.max(share * largest, absolute),
      `${name}: off by ${worst}, largest value ${largest}`,
    );
  }
}
