/**
 * Front-ends of filters against the originals. Tolerances: some ten times float32's own error, of the originals in
 * float32 against float64.
 */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import type { FrontendSpec } from "../../../../lib/frontends/contract.ts";
import { layer as sincLayer, sincTaps } from "../../../../lib/frontends/steps/sinc_filters/layer.ts";
import type { Values as SincValues } from "../../../../lib/frontends/steps/sinc_filters/kind.ts";
import { createState, disposeState } from "../../../../lib/nn/state.ts";
import { onBackends, onEveryBackend } from "../../../support/backends.ts";
import { assertNear } from "../../kernels/op_check.ts";
import { goldenWaves } from "../../models/golden_case.ts";
import { opened } from "../papers.ts";
import { frontEnd, kept, STEP } from "./front_ends.ts";

/** One tensor of ours, and how its gradient and its start are taken from the originals'. */
interface Compared {
  readonly name: string;
  /** Of the original. */
  readonly reference: string;
  /** Which values of the original's are ours. */
  readonly pick?: (values: Float32Array) => Float32Array;
  /** Every 13th value was kept. */
  readonly isSome?: boolean;
}

const column = (i: number) => (values: Float32Array) => values.filter((_, at) => at % 2 === i);
const sinc: readonly Compared[] = [
  { name: "conv.0.low_hz_", reference: "kernel", pick: column(0) },
  { name: "conv.0.band_hz_", reference: "kernel", pick: column(1) },
];
const gabor: readonly Compared[] = ["center_freqs", "bandwidths", "pooling_widths"]
  .map((last) => ({ name: `filterbank.${last}`, reference: `filterbank.${last}` }));
const compressed = (...lasts: readonly string[]): Compared[] =>
  lasts.map((last) => ({ name: `compression.${last}`, reference: `compression.${last}` }));
const RAW = { normalise: "none", frames: "tensorflow" };

const CASES: Readonly<
  Record<string, {
    readonly made: () => Promise<FrontendSpec>;
    readonly compared: readonly Compared[];
    readonly tolerance?: number;
  }>
> = {
  tdfbanks_tf: {
    made: () =>
      frontEnd("tdfbanks", ["filters", "pooling"], { ...RAW, frames: "inside" }, "log", { offset: 1e-5 }),
    compared: [
      { name: "filterbank.complex_conv.weight", reference: "taps", isSome: true },
      { name: "filterbank.lowpass.weight", reference: "window" },
    ],
  },
  sincnet_tf: {
    made: () => frontEnd("sincnet", ["filters", "layer_norm"], RAW, "layer_norm"),
    compared: [
      ...sinc,
      { name: "compression.weight", reference: "sincnet_layer_normalization_gamma" },
      { name: "compression.bias", reference: "sincnet_layer_normalization_beta" },
    ],
  },
  sincnet_plus_tf: {
    made: () => frontEnd("sincnet_plus", ["filters", "pooling"], RAW, "pcen_leaf", { eps: 1e-6 }),
    compared: [
      ...sinc,
      { name: "conv.0.pooling_widths", reference: "sincnet_plus_learnable_pooling_kernel" },
    ],
    // The leaky rectifier's slope jumps at 0: of 2.5 million samples some ten fall to the other side in float32, in the
    // original some four (6e-4), each other ones.
    tolerance: 2e-3,
  },
  efficientleaf: {
    made: () => frontEnd("efficientleaf", ["filters", "pooling", "log_tbn"], {}, "log_tbn", { median: true }),
    compared: [...gabor, ...compressed("log1p.a", "TBN.bn.weight", "TBN.bn.bias")],
  },
  efficientleaf_pcen: {
    made: () => frontEnd("efficientleaf", ["filters", "pooling", "pcen"], { floor: 1e-5 }, "pcen_leaf"),
    compared: [...gabor, ...compressed("s", "alpha", "delta", "r")],
  },
};

for (const [name, { made, compared, tolerance = 5e-5 }] of Object.entries(CASES)) {
  // Each sample of each filter in turn takes plain JavaScript and software adapters many minutes.
  const isCoarse = name.startsWith("efficientleaf");
  onBackends(
    isCoarse ? ["cpu", "wasm", "webgpu"] : ["wasm"],
    `values and gradients are the original's: ${name}`,
    async () => {
      const frontend = await opened(await made());
      const state = createState(frontend, Rng.fromSeed(0));
      const waves = goldenWaves();
      for (const { name: own, reference, pick, isSome } of compared) {
        const wanted = kept(`${name}/init/${reference}`);
        assertNear(
          every(await state.get(own)!.data<"float32">(), isSome),
          pick?.(wanted) ?? wanted,
          2e-6,
          own,
        );
      }
      const out = tf.tidy(() => frontend.forward(state, waves, { training: true }));
      const cotangent = tf.tensor(kept(`${name}/cotangent`), out.shape);
      assertNear(every(await out.data<"float32">(), true), kept(`${name}/out`), 2e-5, "out");
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.mul(frontend.forward(state, waves, { training: true }), cotangent)) as tf.Scalar,
        compared.map(({ name: own }) => state.get(own)!),
      );
      for (const { name: own, reference, pick, isSome } of compared) {
        const wanted = kept(`${name}/grad/${reference}`);
        const found = await grads[state.get(own)!.name]!.data<"float32">();
        assertNear(every(found, isSome), pick?.(wanted) ?? wanted, tolerance, `gradient of ${own}`);
      }
      tf.dispose([waves, out, cotangent, value, ...Object.values(grads)]);
      disposeState(state);
      assertEquals(tf.memory().numTensors, 0, "tensors left over");
    },
  );
}

const SINC = { sincnet_conv: [251, 80], sincnet_conv_401: [401, 40] } as const;

for (const [name, [taps, nMels]] of Object.entries(SINC)) {
  onEveryBackend(`taps and their gradients are SincNet's: ${name}`, async () => {
    const spec = await frontEnd("sincnet", ["filters"], {
      ...{ taps, n_mels: nMels, f_min_hz: 30, window: "mirrored", rectifier: "absolute" },
      ...{ pool_samples: 3, hop_samples: 3, frames: "inside", floor: null },
    }, "layer_norm");
    const { steps, ...frontend } = await opened(spec);
    const state = createState(frontend, Rng.fromSeed(0));
    const values = steps[0]!.values as SincValues;
    const names = ["low_hz_", "band_hz_"];
    for (const last of names) {
      assertNear(await state.get(`conv.0.${last}`)!.data(), kept(`${name}/init/${last}`), 1e-6, last);
    }
    const filters = tf.tidy(() => sincTaps(values, state));
    const [found, waves] = [await filters.data(), goldenWaves()];
    const wave = await waves.data();
    const wanted = kept(`${name}/out`);
    const positions = 1600 - taps + 1;
    const convolved = Float64Array.from(wanted, (_, i) => {
      const [at, n] = [Math.floor(i * STEP / positions), i * STEP % positions];
      const [clip, filter] = [Math.floor(at / nMels), at % nMels];
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += wave[clip * 16000 + n + k]! * found[filter * taps + k]!;
      return sum;
    });
    assertNear(convolved, wanted, 5e-6, "what passes the filters");
    const weights = tf.tensor2d(kept(`${name}/taps`), [nMels, taps]);
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tf.mul(sincTaps(values, state), weights)) as tf.Scalar,
      names.map((last) => state.get(`conv.0.${last}`)!),
    );
    for (const last of names) {
      const gradient = await grads[state.get(`conv.0.${last}`)!.name]!.data();
      assertNear(gradient, kept(`${name}/grad/${last}`), 2e-5, `gradient of ${last}`);
    }
    assertEquals(sincLayer(values).simple, undefined);
    tf.dispose([filters, waves, weights, value, ...Object.values(grads)]);
    disposeState(state);
  });
}

/** Every 13th value, or all. */
function every(values: Float32Array, isSome = false): Float32Array {
  return isSome ? values.filter((_, i) => i % STEP === 0) : values;
}
