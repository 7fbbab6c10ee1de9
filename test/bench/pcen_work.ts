/** Per-channel energy normalisation of a batch and all its gradients, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../lib/base/random.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { pcenComposite } from "../../lib/kernels/pcen/composite.ts";
import { pcen, type PcenParameters } from "../../lib/kernels/pcen/op.ts";
import type { BenchCase } from "./cases.ts";
import type { Work } from "./work.ts";

const [BANDS, FRAMES] = [40, 101];
/** As peer.py has them. */
const [START, EPSILON] = [{ gain: 0.98, bias: 2, power: 0.5, smoothing: 0.025 }, 1e-6];

/** @param exchange Where to write the energies for another implementation. */
export function preparePcen(
  { by, batch }: Extract<BenchCase, { readonly kind: "pcen" }>,
  exchange: string | undefined,
): Work {
  const rng = Rng.fromSeed("pcen");
  const shape = [batch, BANDS, FRAMES] as const;
  const values = Float32Array.from({ length: batch * BANDS * FRAMES }, () => rng.uniform(0, 1) ** 4);
  if (exchange !== undefined) {
    writeTensors(exchange, new Map([["input", { shape: [...shape], data: values }]]));
  }
  const all = (value: number) => tf.fill([BANDS], value) as tf.Tensor1D;
  const operands = [tf.tensor3d(values, [...shape]), ...Object.values(START).map(all)];
  const ofMean = tf.fill([...shape], 1 / values.length) as tf.Tensor3D;
  const run = by === "kernel" ? pcen : pcenComposite;
  const step = () =>
    tf.valueAndGrads((energy, gain, bias, power, smoothing) =>
      run(energy as tf.Tensor3D, { gain, bias, power, smoothing } as Readonly<Curve>, EPSILON)
    )(operands, ofMean);
  const { value, grads } = step();
  const loss = value.dataSync<"float32">().reduce((sum, y) => sum + y, 0) / values.length; // the backend adds in float32
  tf.dispose([value, ...grads]);
  return { loss, run: () => tf.tidy(() => void step()) };
}

type Curve = { [Name in keyof PcenParameters]: tf.Tensor1D };
