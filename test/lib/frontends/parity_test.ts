/** Steps in chains give what the front-ends before them gave, bit by bit. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { frameCount, padSamples } from "../../../lib/audio/framing.ts";
import { Rng } from "../../../lib/base/random.ts";
import { buildFrontend } from "../../../lib/frontends/chain.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { filtersOf } from "../../../lib/frontends/filters.ts";
import { makeFrontend } from "../../../lib/frontends/front_end.ts";
import { openChain, viewsOf } from "../../../lib/frontends/open.ts";
import { planSteps, uncoveredBins } from "../../../lib/frontends/plan.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import { uncoveredBins as uncoveredBefore } from "../../../lib/frontends/coverage.ts";
import { type FrontendSpec as Old, prefixShape, prefixSpec, settingOf } from "../../../lib/frontends/spec.ts";
import { buildNetwork } from "../../../lib/models/join.ts";
import { buildNetwork as buildBefore } from "../../../lib/models/network.ts";
import { buildRecognizer } from "../../../lib/models/recognizer.ts";
import { shapeOf } from "../../../lib/nn/representation.ts";
import { createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import { onBackends } from "../../support/backends.ts";
import { paperFastAudio, paperFrontend } from "../models/harness.ts";

const SETTINGS = ["A", "B", "C", "D"] as const;
const SAMPLES = 1600;
const SMALL = { nFft: 240, hopSamples: 80, nMels: 12 } as const;
const ORIGINAL = { transition: 0.5, broadcasted: 0.1 };

const VARIANTS: readonly [string, (setting: (typeof SETTINGS)[number]) => Old][] = [
  ["nnaudio", (s) => paperFrontend(s, { ...SMALL, normalise: "clip_mean" })],
  [
    "nnaudio, masked and random",
    (s) =>
      paperFrontend(s, { ...SMALL, mask: { start: 3, end: 9 }, randomMel: { seed: 4 }, normalise: "batch" }),
  ],
  [
    "nnaudio, masked, of magnitude",
    (s) =>
      paperFrontend(s, {
        ...SMALL,
        power: 1,
        powerEpsilon: 1e-7,
        mask: { start: 3, end: 9 },
        normalise: "batch",
      }),
  ],
  ["fastaudio", (s) => fast(s)],
  [
    "fastaudio, masked, gaussian, of power",
    (s) => fast(s, { filter: "gaussian", power: 2, mask: { start: 0, end: 5 }, normalise: "batch" }),
  ],
  [
    "fastaudio, sorted, slow, jittered",
    (s) => fast(s, { sort: true, paramChangeFactor: 0.1, paramRandFactor: 0.2 }),
  ],
  ["fastaudio, sorted, slow", (s) => fast(s, { sort: true, paramChangeFactor: 0.3 })],
  [
    "fastaudio, of batches",
    (s) => fast(s, { decibels: { amin: 1e-10, refValue: 2, topDb: 20, loudestOf: "batch" } }),
  ],
];

function fast(setting: (typeof SETTINGS)[number], changes = {}): Old {
  const decibels = { amin: 1e-10, refValue: 1, topDb: 20, loudestOf: "clip" } as const;
  return paperFastAudio(setting, { ...SMALL, decibels, limits: "scaled", ...changes });
}

export function renewed(old: Old): Promise<FrontendSpec> {
  const shared = {
    n_fft: old.nFft,
    hop_samples: old.hopSamples,
    n_mels: old.nMels,
    f_min_hz: old.fMinHz,
    f_max_hz: old.fMaxHz,
    power_epsilon: old.powerEpsilon,
    power: old.power,
    mask: old.mask && { ...old.mask },
    normalise: old.normalise,
  };
  const setting = settingOf(old.trainable);
  const trained = [...(/[CD]/.test(setting) ? ["stft"] : []), ...(/[BD]/.test(setting) ? ["mel"] : [])];
  const context = { sampleRate: old.sampleRate, seed: 4, clipSamples: null, trained };
  if (old.kind === "nnaudio") {
    return makeFrontend({ kind: "nnaudio", ...shared, random_mel: old.randomMel !== null }, {
      ...context,
      compression: { kind: "log", offset: 1e-10 },
    });
  }
  const { amin, refValue, topDb, loudestOf } = old.decibels;
  return makeFrontend({
    kind: "fastaudio",
    ...shared,
    filter: old.filter,
    sort: old.sort,
    param_change_factor: old.paramChangeFactor,
    param_rand_factor: old.paramRandFactor,
    compat: { band_limits: old.limits },
  }, {
    ...context,
    compression: {
      kind: "decibels",
      amin,
      ref_value: refValue,
      top_db: topDb,
      compat: { top_db: loudestOf },
    },
  });
}

for (const [name, specOf] of VARIANTS) {
  for (const setting of SETTINGS) {
    onBackends(["wasm"], `${name}, ${setting}: as before`, async () => {
      const old = specOf(setting);
      const spec = await renewed(old);
      const chain = await openChain(await planSteps(spec.steps));
      const ofBatch = name === "fastaudio, of batches" && setting === "A";
      const wave = waves(3);
      const frozen = frozenState(chain);
      // The cache.
      const before = applyPrefix(prefixSpec(old), wave);
      const after = tf.tidy(() => {
        const made = chain.transform(frozen, wave, { training: false }, 0, chain.frozen);
        return made === wave ? tf.clone(made) : made;
      });
      if (!ofBatch) {
        assertEquals(after.shape.slice(1), [...prefixShape(prefixSpec(old), SAMPLES)]);
        assertEquals(await after.data(), await before.data());
        assertEquals(chain.representations[chain.frozen]!.name, prefixSpec(old).representation);
      }
      assertEquals(
        shapeOf(
          chain.representations[chain.frozen]!,
          after.shape[
            1 + chain.representations[chain.frozen]!
              .axes.findIndex(({ size }) => size === null)
          ]!,
        ),
        after.shape.slice(1),
      );
      assertEquals(uncoveredBins(chain), uncoveredBefore(old));
      for (
        const [head, model] of [["clip", "linear"], ["clip", "bc_resnet"], ["frame", "linear"], [
          "frame",
          "bc_resnet",
        ]] as const
      ) {
        const config = model === "linear" ? { kind: model } : { kind: model, dropout: ORIGINAL };
        const network = await buildNetwork(spec, config, head, 5, head === "clip" ? SAMPLES : null);
        const was = head === "clip"
          ? buildBefore(old, { kind: model }, 5, SAMPLES)
          : buildRecognizer(old, { kind: model }, 5);
        const state = createState(network, Rng.fromSeed(3));
        const stateBefore = createState(was, Rng.fromSeed(3));
        if (!ofBatch) {
          assertEquals(
            network.specs.map(({ init: _, ...rest }) => rest),
            was.specs.map(({ init: _, ...rest }) => rest),
          );
        }
        for (const { name } of network.specs) {
          assertEquals(await state.get(name)!.data(), await stateBefore.get(name)!.data(), name);
        }
        const whole = new Map([...state, ...frozen]);
        for (const training of [false, true]) {
          const mode = () => ({ training, dropout: Rng.fromSeed(7) });
          const wanted = await valuesOf(() => was.forward(stateBefore, before, mode()));
          const found = await valuesOf(() => network.forward(state, after, mode()));
          if (ofBatch) near(found, wanted);
          else assertEquals(found, wanted);
          for (const { name } of network.specs) {
            if (!ofBatch) {
              assertEquals(await state.get(name)!.data(), await stateBefore.get(name)!.data(), name);
            }
          }
          for (let entry = 0; !training && entry <= network.steps.length; entry++) {
            const at = tf.tidy(() => tf.clone(network.transform(whole, wave, mode(), 0, entry)));
            const there = await valuesOf(() => network.forward(whole, at, mode(), entry));
            const cut = network.steps[entry - 1]?.step === "mel"; // one kernel does it and the log
            if (cut || ofBatch) near(there, found);
            else assertEquals(there, found, `entry ${entry}`);
            at.dispose();
          }
        }
        network.project(state);
        was.project(stateBefore);
        for (const { name } of network.specs) {
          assertEquals(await state.get(name)!.data(), await stateBefore.get(name)!.data(), name);
        }
        disposeState(state);
        disposeState(stateBefore);
      }
      // Views.
      const d = await openChain(await planSteps((await renewed(specOf("D"))).steps));
      const state = createState(d, Rng.fromSeed(0));
      const views = (await Promise.all(d.steps.map((step) => viewsOf(step, state, 16000)))).flat();
      assertEquals(views.map(({ type }) => type), ["kernels", "filters"]);
      const { weights, centresHz, widthsHz } = await filtersOf(specOf("D"), state);
      const view = views[1]!;
      if (view.type !== "filters") throw new Error(view.type);
      assertEquals([view.weights, view.centresHz, view.widthsHz], [weights, centresHz, widthsHz]);
      assertEquals(
        d.specs.map(({ name }) => name),
        buildFrontend(specOf("D"), SAMPLES).specs.map(({ name }) => name),
      );
      disposeState(state);
      disposeState(frozen);
      tf.dispose([wave, before, after]);
      assertEquals(tf.memory().numTensors, 0);
    });

    onBackends(["wasm"], `${name}, ${setting}: padded as before`, async () => {
      const old = specOf(setting);
      const spec = await renewed(old);
      const network = await buildNetwork(spec, { kind: "bc_resnet", dropout: ORIGINAL }, "frame", 5, null);
      if (name === "fastaudio, of batches" && setting === "A") return;
      const was = buildRecognizer(old, { kind: "bc_resnet" }, 5);
      const state = createState(network, Rng.fromSeed(3));
      const frames = Int32Array.of(frameCount(SAMPLES, old), 12);
      const extra = network.frozen === 0 ? padSamples(old.nFft) : 0;
      const x = tf.tidy(() => {
        const wave = waves(2, SAMPLES + extra);
        const frozen = frozenState(network);
        const made = tf.clone(network.transform(frozen, wave, { training: false }, 0, network.frozen));
        disposeState(frozen);
        return made;
      });
      for (const training of [true, false]) {
        const mode = () => ({ training, frames, dropout: Rng.fromSeed(1) });
        assertEquals(
          await valuesOf(() => network.forward(state, x, mode())),
          await valuesOf(() => was.forward(state, x, mode())),
        );
      }
      x.dispose();
      disposeState(state);
    });
  }
}

function near(found: Float32Array, wanted: Float32Array): void {
  found.forEach((value, i) =>
    assert(Math.abs(value - wanted[i]!) < 1e-4 * (1 + Math.abs(wanted[i]!)), `${value} ${wanted[i]}`)
  );
}

async function valuesOf(make: () => tf.Tensor): Promise<Float32Array> {
  const made = tf.tidy(make);
  const values = (await made.data<"float32">()).slice();
  made.dispose();
  return values;
}

function waves(clips: number, samples = SAMPLES): tf.Tensor2D {
  const rng = Rng.fromSeed("tones");
  return tf.tensor2d(
    Float32Array.from(
      { length: clips * samples },
      (_, i) => 0.3 * Math.sin(0.1 * (i % 177)) + 0.1 * rng.normal(),
    ),
    [clips, samples],
  );
}
