/**
 * How far off LEAF is for what it leaves out of its filters' spectra, and what that costs:
 * `deno run --allow-all test/bench/leaf_cuts_io.ts`. Errors are against all bins at the clips' own rate, which is the
 * definition but for float32's rounding: of logs of energies, and of gradients of the parameters for random gradients of
 * PCEN's output, relative in the Euclidean norm. Time is the processor's, of one thread.
 */
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { createState, disposeState } from "../../lib/nn/state.ts";
import { textTable } from "../../pipeline/report/text/table.ts";
import { leaf, opened } from "../lib/frontends/papers.ts";
import { SAMPLES, syntheticWaves } from "./inputs.ts";

const CUTS = [0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
const [CLIPS, RUNS] = [20, 5];
const PARAMETERS = ["center_freqs", "bandwidths", "pooling_widths"] as const;

interface Found {
  readonly logs: Float32Array;
  readonly gradients: readonly Float32Array[];
  readonly ms: number;
}

async function found(cut: number, waves: Float32Array): Promise<Found> {
  const frontend = await opened(await leaf("D", cut === 0 ? { exact: true } : { cut }));
  const state = createState(frontend, Rng.fromSeed(0));
  const wave = tf.tensor2d(waves, [CLIPS, SAMPLES]);
  const logs = tf.tidy(() =>
    tf.log(frontend.transform(state, wave, { training: true }, 0, 1)).dataSync<"float32">().slice()
  );
  const trained = PARAMETERS.map((name) => state.get(`filterbank.${name}`)!);
  const step = () =>
    tf.tidy(() => {
      const rng = Rng.fromSeed("gradients");
      const { grads } = tf.variableGrads(() => {
        const out = frontend.forward(state, tf.clone(wave), { training: true });
        const weights = Float32Array.from({ length: out.size }, () => rng.normal());
        return tf.sum(tf.mul(out, tf.tensor(weights, out.shape))) as tf.Scalar;
      }, trained);
      return trained.map(({ name }) => grads[name]!.dataSync<"float32">().slice());
    });
  const gradients = step();
  const times = Array.from({ length: RUNS }, () => {
    const begin = processorMs();
    step();
    return processorMs() - begin;
  });
  wave.dispose();
  disposeState(state);
  return { logs, gradients, ms: Math.min(...times) };
}

/** That this thread has computed; elsewhere than on Linux the time that has passed. */
function processorMs(): number {
  if (Deno.build.os !== "linux") return performance.now();
  return Number(Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ")[0]) / 1e6;
}

function distance(values: Float32Array, wanted: Float32Array): number {
  const norm = (of: (i: number) => number) => Math.sqrt(wanted.reduce((sum, _, i) => sum + of(i) ** 2, 0));
  return norm((i) => values[i]! - wanted[i]!) / norm((i) => wanted[i]!);
}

await openBackend("wasm", { threads: 1 });
const waves = syntheticWaves(CLIPS);
const results = [];
for (const cut of CUTS) results.push({ cut, ...await found(cut, waves) });
const exact = results[0]!;
const number = (value: number) => value.toExponential(0);
console.log(textTable(
  [
    { title: "cut", align: "right" },
    ...["log, mean", "log, most", ...PARAMETERS.map((name) => `by ${name}`), `ms, ${CLIPS} clips`].map((
      title,
    ) => ({
      title,
      align: "right" as const,
    })),
  ],
  results.map(({ cut, logs, gradients, ms }) => {
    const errors = logs.map((value, i) => Math.abs(value - exact.logs[i]!));
    return [
      cut === 0 ? "exact" : number(cut),
      number(errors.reduce((sum, error) => sum + error, 0) / errors.length),
      number(errors.reduce((most, error) => Math.max(most, error), 0)),
      ...gradients.map((gradient, i) => number(distance(gradient, exact.gradients[i]!))),
      ms.toFixed(0),
    ];
  }),
));
Deno.exit(0);
