/** The authors' edition of BC-ResNet against their own PyTorch class, tensors found by its names. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { body } from "../../../lib/models/bc_resnet/heads/clip.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { lossAndGradients } from "./harness.ts";

const file = readTensors(
  new URL("../../fixtures/bc_resnet_kim/authors.safetensors", import.meta.url).pathname,
);

/** Parameters of the authors' class, counted by PyTorch; the paper rounds them to 9.2, 17.2, 27.3, 54.2, 188, 321 k. */
const PARAMETERS = new Map([[1, 9232], [1.5, 17154], [2, 27284], [3, 54168], [6, 187812], [8, 321068]]);

Deno.test("bc_resnet has the authors' number of parameters at each width", () => {
  for (const [width, wanted] of PARAMETERS) {
    const trained = kim(width).specs.filter(({ trainable }) => trainable);
    assertEquals(trained.reduce((sum, { shape }) => sum + shape.reduce((n, m) => n * m, 1), 0), wanted);
  }
});

for (const width of [1, 1.5]) {
  onEveryBackend(
    `bc_resnet of the authors at width ${width} gives their class's values and gradients`,
    async () => {
      const network = kim(width);
      const state = createState(network, Rng.fromSeed(0));
      assertEquals([...state.keys()].sort(), namesBelow(`width${width}/state`));
      for (const [name, variable] of state) {
        variable.assign(tf.tensor(at(`width${width}/state/${name}`), variable.shape));
      }
      const x = tf.tensor3d(at(`width${width}/input`), [3, 40, 11]);

      const evaluated = tf.tidy(() => network.forward(state, x, { training: false }));
      assertClose(await evaluated.data<"float32">(), `width${width}/logits_eval`, 2e-5);
      const { loss, gradients } = await lossAndGradients(network, state, x, [0, 5, 11]);
      assertClose(Float32Array.of(loss), `width${width}/loss`, 1e-5);
      for (const [name, gradient] of gradients) {
        assertClose(gradient, `width${width}/grad/${name}`, 5e-4, 1e-6);
      }
      for (const name of namesBelow(`width${width}/after`)) {
        assertClose(await state.get(name)!.data<"float32">(), `width${width}/after/${name}`, 1e-5);
      }
      tf.dispose([x, evaluated]);
      disposeState(state);
    },
  );
}

function kim(width: number) {
  const dropout = { transition: 0, broadcasted: 0 };
  return body(
    { kind: "bc_resnet", edition: "kim", width, dropout },
    { channels: 1, bands: 40, frames: 11 },
    12,
  );
}

function at(name: string): Float32Array {
  const data = file.tensors.get(name)?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`No reference tensor ${name}`);
}

function namesBelow(folder: string): string[] {
  const names = [...file.tensors.keys()].filter((name) => name.startsWith(`${folder}/`));
  return names.map((name) => name.slice(folder.length + 1)).sort();
}

/** @param share Largest error allowed, relative to the tensor's largest value; or absolute, if that is more. */
function assertClose(found: Float32Array, name: string, share: number, absolute = 0): void {
  const wanted = at(name);
  assertEquals(found.length, wanted.length, name);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
  assert(worst <= Math.max(share * largest, absolute), `${name}: off by ${worst}, largest value ${largest}`);
}
