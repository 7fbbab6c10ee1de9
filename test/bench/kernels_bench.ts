/**
 * Times the WebAssembly kernels and whole training steps: `deno run -A test/bench/kernels_bench.ts [threads] [runs]`.
 * Minimum and median of wall time, least processor time of all threads together. The load of the machine is printed:
 * on a busy one the processor time of one thread says what a quiet one would need.
 */
import { cpuUsage } from "node:process";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { framedPowerWasm } from "../../lib/kernels/framed_power/wasm.ts";
import { linear } from "../../lib/kernels/linear/op.ts";
import { melLog } from "../../lib/kernels/mel_log/op.ts";
import { softmaxCrossEntropyWasm } from "../../lib/kernels/softmax_cross_entropy/wasm.ts";
import { type WasmKernels, wasmKernels } from "../../lib/kernels/wasm/runtime.ts";
import { sgdMomentumWasm } from "../../lib/kernels/sgd_momentum/wasm.ts";
import { body as bcResNet } from "../../lib/models/bc_resnet/heads/clip.ts";
import { createState } from "../../lib/nn/state.ts";

const BATCH = 100;
const [SAMPLES, N_FFT, HOP, BINS, BANDS, FRAMES, CLASSES] = [16_000, 480, 160, 241, 40, 101, 12];
const SIZES = {
  batch: BATCH,
  samples: SAMPLES,
  frames: FRAMES,
  bins: BINS,
  nFft: N_FFT,
  hopSamples: HOP,
  pad: 240,
};
const STEP = { weightDecay: 1e-3, momentum: 0.9, rate: 1e-3 } as const;
const FRAMED_FLOP = 2 * BATCH * FRAMES * N_FFT * 2 * BINS;
const MEL_FLOP = 2 * BATCH * FRAMES * BINS * BANDS;
const LINEAR_FLOP = 2 * BATCH * FRAMES * BANDS * CLASSES;

/** Arithmetic of a step as if every product were computed directly. */
const SETTINGS = {
  A: { input: [BATCH, BANDS, FRAMES], trained: ["w", "b"], flop: 2 * LINEAR_FLOP },
  B: { input: [BATCH, FRAMES, BINS], trained: ["w", "b", "mel"], flop: 3 * LINEAR_FLOP + 2 * MEL_FLOP },
  C: {
    input: [BATCH, SAMPLES],
    trained: ["w", "b", "wcos", "wsin"],
    flop: 3 * LINEAR_FLOP + 2 * MEL_FLOP + 2 * FRAMED_FLOP,
  },
  D: {
    input: [BATCH, SAMPLES],
    trained: ["w", "b", "mel", "wcos", "wsin"],
    flop: 3 * LINEAR_FLOP + 3 * MEL_FLOP + 2 * FRAMED_FLOP,
  },
} as const;

type Setting = keyof typeof SETTINGS;

if (import.meta.main) {
  const [threads, runs] = [Number(Deno.args[0] ?? 2), Number(Deno.args[1] ?? 15)];
  const { device } = await openBackend("wasm", { threads });
  console.log(
    `${device}, batch ${BATCH}, load ${Deno.loadavg().map((l) => l.toFixed(1)).join(" ")}`,
  );
  for (const setting of Object.keys(SETTINGS) as Setting[]) benchLinear(setting, runs);
  benchBcResNet(runs);
}

/** Setting A: log-mel is given. */
function benchBcResNet(runs: number): void {
  const dropout = { transition: 0.5, broadcasted: 0.1 };
  const input = { channels: 1, bands: BANDS, frames: FRAMES };
  const body = bcResNet(
    { kind: "bc_resnet", edition: "heung", width: 1, dropout, lstm_norm: false, padding: "same" },
    input,
    CLASSES,
  );
  const rng = Rng.fromSeed("bench");
  const state = createState(body, rng.fork("state"));
  const trained = body.specs.filter((spec) => spec.trainable).map((spec) => state.get(spec.name)!);
  const velocities = trained.map((v) => tf.tidy(() => tf.variable(tf.zeros(v.shape))));
  const x = tf.randomUniform([BATCH, BANDS, FRAMES], -10, 0) as tf.Tensor3D;
  const labels = tf.tensor1d(Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES), "int32");
  const mode = { training: true, dropout: rng.fork("dropout") };
  const kernels = wasmKernels()!;
  const loss = () => softmaxCrossEntropyWasm(kernels, body.forward(state, x, mode) as tf.Tensor2D, labels);
  const step = () =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(loss, trained);
      for (const [i, variable] of trained.entries()) {
        sgdMomentumWasm(kernels, {
          parameter: variable,
          velocity: velocities[i]!,
          gradient: grads[variable.name]!,
          ...STEP,
        });
      }
    });
  report("bc_resnet A", 0, step, kernels, runs);
  const clip = tf.randomUniform([1, BANDS, FRAMES], -10, 0) as tf.Tensor3D;
  const infer = () => tf.tidy(() => void body.forward(state, clip, { training: false }).dataSync());
  report("bc_resnet forward, one clip", 0, infer, kernels, runs);
}

function benchLinear(setting: Setting, runs: number): void {
  const kernels = wasmKernels()!;
  const { input, trained, flop } = SETTINGS[setting];
  const variable = (shape: number[], low: number, high: number) =>
    tf.tidy(() => tf.variable(tf.randomUniform(shape, low, high)));
  const v = {
    w: variable([CLASSES, BANDS * FRAMES], -0.01, 0.01),
    b: variable([CLASSES], 0, 0.01),
    mel: variable([BANDS, BINS], 0, 0.1),
    wcos: variable([BINS, 1, N_FFT], -1, 1),
    wsin: variable([BINS, 1, N_FFT], -1, 1),
  };
  const x = tf.randomUniform([...input], 0, 1);
  const labels = tf.tensor1d(Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES), "int32");
  const velocities = new Map(trained.map((name) => [name, variable(v[name].shape, 0, 0)]));
  const loss = () => {
    const power = setting === "C" || setting === "D"
      ? framedPowerWasm(kernels, x as tf.Tensor2D, v.wcos as never, v.wsin as never, SIZES, 0)
      : x as tf.Tensor3D;
    const features = setting === "A" ? power : melLog(power, v.mel as never);
    const flat = tf.reshape(features, [BATCH, BANDS * FRAMES]) as tf.Tensor2D;
    return softmaxCrossEntropyWasm(kernels, linear(flat, v.w as never, v.b as never), labels);
  };
  const step = () =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(loss, trained.map((name) => v[name]));
      for (const name of trained) {
        const update = {
          parameter: v[name],
          velocity: velocities.get(name)!,
          gradient: grads[v[name].name]!,
          ...STEP,
        };
        if (!sgdMomentumWasm(kernels, update)) {
          throw new Error(`${name} was not updated in place`);
        }
      }
    });
  report(`linear ${setting}`, flop, step, kernels, runs);
}

/** Prints the whole and, indented, what all calls of each kernel took in it. */
function report(title: string, flop: number, step: () => void, kernels: WasmKernels, runs: number): void {
  for (let i = 0; i < 5; i++) step();
  const [whole, cpu]: [number[], number[]] = [[], []];
  const parts = new Map<string, number[]>();
  const run = kernels.run.bind(kernels);
  let inStep = new Map<string, number>();
  kernels.run = (compiled, ...rest) => {
    const start = performance.now();
    run(compiled, ...rest);
    const { name } = compiled;
    inStep.set(name, (inStep.get(name) ?? 0) + performance.now() - start);
  };
  const outside: number[] = [];
  for (let i = 0; i < runs; i++) {
    inStep = new Map();
    const [start, used] = [performance.now(), cpuUsage()];
    step();
    whole.push(performance.now() - start);
    outside.push(whole.at(-1)! - [...inStep.values()].reduce((sum, ms) => sum + ms, 0));
    for (const [name, ms] of inStep) parts.set(name, [...parts.get(name) ?? [], ms]);
    const { user, system } = cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  kernels.run = run;
  const { min, median } = summary(whole);
  const rate = flop === 0 ? "" : `  ${(flop / min / 1e6).toFixed(0).padStart(4)} GFLOP/s`;
  console.log(
    `${line(title, min, median)}  processor time ${summary(cpu).min.toFixed(1).padStart(6)} ms${rate}`,
  );
  for (const [name, times] of [...parts, ["outside kernels", outside] as const]) {
    const part = summary(times);
    console.log(line(`  ${name}`, part.min, part.median));
  }
}

function summary(times: readonly number[]): { readonly min: number; readonly median: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return { min: sorted[0]!, median: sorted[sorted.length >> 1]! };
}

function line(name: string, min: number, median: number): string {
  return `${name.padEnd(34)} min ${min.toFixed(2).padStart(8)}  median ${median.toFixed(2).padStart(8)} ms`;
}
