/** Whatever is trained of a front-end, training sees the same changed examples; and it learns from them. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { openChain } from "../../../lib/frontends/open.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import { frozenState } from "../../../lib/nn/state.ts";
import { train } from "../../../lib/train/loop.ts";
import { openOptimizer } from "../../../lib/train/optimizer.ts";
import { openTraining } from "../../../lib/train/session_io.ts";
import { parseRecord } from "../../../lib/base/record.ts";
import { optimSchema } from "../../../lib/train/spec.ts";
import { frontendOf, SGD, writeWaveforms } from "../../pipeline/stages/tiny.ts";
import { tempDir } from "../../support/temp_dir.ts";

await openBackend("wasm");

const PARTS: Readonly<Record<string, readonly string[]>> = {
  A: [],
  B: ["mel"],
  C: ["stft"],
  D: ["stft", "mel"],
};
const ROBUST = {
  kind: "transforms",
  waves: [
    { transform: "speed", p: 0.7, range: [0.8, 1.25] },
    { transform: "equaliser", p: 0.7, points: 6, db: 2 },
    { transform: "level", p: 1, by: "peak", range: [0.3, 0.9] },
    { transform: "noise", p: 0.8, level: { by: "peak", range: [0, 0.1] }, silence: null },
  ],
  bands: {
    warp: { p: 0.5, range: [0.95, 1.05], until: 0.8 },
    masks: { p: 1, bands: { count: 1, below: 2 }, frames: { count: 1, below_seconds: 0.04 }, fill: "mean" },
  },
  mix: { p: 0.5, alpha: 0.2 },
};

/** Of which workers have the log in the pass from the wave on, and of PCEN the energies before it. */
const COMPRESSIONS = {
  log: { kind: "log", offset: 1e-10 },
  pcen: {
    kind: "pcen",
    parameterisation: "direct",
    gain: 0.98,
    bias: 2,
    power: 0.5,
    smoothing: 0.025,
    eps: 1e-6,
  },
};

async function opened(
  folder: string,
  trained: readonly string[],
  augment: { readonly kind: string },
  compression: { readonly kind: string } = COMPRESSIONS.log,
) {
  const spec = {
    task: "kws",
    frontend: await frontendOf(trained, { normalise: "batch" }, compression),
    model: { kind: "linear" },
    augment,
    labelSmoothing: 0,
    classWeights: "equal" as const,
    classClips: {},
    seed: 3,
    workers: 0,
    batchSize: 6,
    sampler: "shuffle",
  };
  return await openTraining(spec, { train: `${folder}/waves`, validation: `${folder}/waves` }, () => {});
}

for (const [name, compression] of Object.entries(COMPRESSIONS)) {
  Deno.test(`settings A to D see the same waves, masks and pairs for the same seed: ${name}`, async () => {
    await using folder = tempDir();
    await writeWaveforms(`${folder.path}/waves`, 12, "train");
    const frontend = await frontendOf([], { normalise: "batch" }, compression);
    const chain = await openChain(await planSteps(frontend.steps));
    const constants = frozenState(chain);
    const seen = new Map<string, { features: Float32Array; rest: string }>();
    for (
      const [setting, trained] of Object.entries({
        ...PARTS,
        ...(name === "pcen" && { "A and PCEN": ["pcen"] }),
      })
    ) {
      using open = await opened(folder.path, trained, ROBUST, compression);
      const { reader } = open.objective(null);
      const batch = await reader.read([3, 1, 2, 1], open.rng.fork("augment").fork(1), [0, 0, 0, 1]);
      const { features, shape, entry, clips, bands, mixed, labels } = batch;
      assertEquals(
        entry,
        trained.includes("stft") ? 0 : trained.includes("mel") ? 1 : name === "log" ? 3 : 2,
      );
      const through = tf.tidy(() =>
        chain.transform(
          constants,
          tf.tensor(features.slice(), [clips, ...shape]),
          { training: false },
          entry,
          chain.frozen,
        ).dataSync<"float32">()
      );
      seen.set(setting, { features: through.slice(), rest: JSON.stringify([bands, mixed, labels]) });
    }
    const { features, rest } = seen.get("A")!;
    for (const [setting, found] of seen) {
      assertEquals(found.rest, rest, setting);
      const worst = Math.max(...found.features.map((value, i) => Math.abs(value - features[i]!)));
      assert(worst < 1e-3, `${setting}: off by ${worst}`);
    }
    assert(features.some((value, i) => value !== features[i % (features.length / 4)]));
  });
}

Deno.test("gradients of a batch that is warped, masked and mixed are finite differences of its loss", async () => {
  await using folder = tempDir();
  await writeWaveforms(`${folder.path}/waves`, 12, "train");
  const always = {
    ...ROBUST,
    bands: { ...ROBUST.bands, warp: { ...ROBUST.bands.warp, p: 1 } },
    mix: { p: 1, alpha: 0.4 },
  };
  using open = await opened(folder.path, PARTS["D"]!, always);
  const { reader, learner } = open.objective(null);
  const batch = await reader.read([3, 1, 2, 4], open.rng.fork("augment").fork(1), [0, 0, 0, 0]);
  const held = { ...batch, features: batch.features.slice() }; // the reader may use its own again
  const lossOf = () => learner.forward(open.state, held, { training: true }).loss;
  const trained = open.network.specs.filter(({ trainable }) => trainable).map(({ name }) => name);
  const variables = trained.map((name) => open.state.get(name)!);
  const { value, grads } = tf.tidy(() => tf.variableGrads(lossOf, variables));
  for (const [i, name] of trained.entries()) {
    const [variable, gradient] = [variables[i]!, grads[variables[i]!.name]!];
    const start = variable.clone();
    const steepness = tf.tidy(() => tf.norm(gradient).dataSync()[0]!);
    const step = 2e-3 / steepness; // changes the loss by as much: far more than rounding does
    const lossAt = (along: number) =>
      tf.tidy(() => {
        variable.assign(tf.add(start, tf.mul(gradient, along / steepness)));
        return lossOf().dataSync()[0]!;
      });
    const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
    variable.assign(start);
    start.dispose();
    assert(Math.abs(slope - steepness) < 0.02 * steepness, `${name}: ${slope}, wanted ${steepness}`);
  }
  assertEquals(trained.length > 3, true);
  tf.dispose([value, ...Object.values(grads)]);
});

const NONE = { kind: "none" };
const LOG_TBN = { kind: "log_tbn", a: 5, median: true };

for (
  const [what, augment, trained, compression] of [
    ["no augmentation", NONE, [], COMPRESSIONS.log],
    ["no augmentation by PCEN that is trained", NONE, ["pcen"], COMPRESSIONS.pcen],
    ["no augmentation by logs and their median that are trained", NONE, ["log_tbn"], LOG_TBN],
    ["augmentation of both channels of logs and their median", ROBUST, ["log_tbn"], LOG_TBN],
    ["augmentation", ROBUST, [], COMPRESSIONS.log],
  ] as const
) {
  Deno.test(`a few clips are learnt with ${what}`, async () => {
    await using folder = tempDir();
    await writeWaveforms(`${folder.path}/waves`, 6, "train");
    using open = await opened(folder.path, trained, augment, compression);
    const optim = parseRecord(
      optimSchema,
      { ...SGD, parts: { pcen: SGD.mel, log_tbn: SGD.mel } },
      "Cannot use",
      "",
    );
    const optimizer = await openOptimizer(optim, open.network.specs, open.state);
    const objective = open.objective(null);
    const losses: number[] = [];
    for await (
      const event of train({
        objective,
        state: open.state,
        optimizer,
        schedule: { kind: "constant" },
        epochs: 60,
        rng: open.rng,
      })
    ) {
      assert(event.type !== "failed");
      if (event.type === "epoch") losses.push(event.record.validationLoss);
    }
    assert(losses.at(-1)! < (augment === NONE ? 0.1 : 0.6) && losses.at(-1)! < losses[0]! / 2, losses.join());
  });
}
