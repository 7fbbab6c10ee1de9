/** A frozen prefix without tensors is what the layers make of it. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { plainPass } from "../../../lib/frontends/plain_pass.ts";
import { openChain } from "../../../lib/frontends/open.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import type { StepSpec } from "../../../lib/frontends/contract.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";

const STFT = { step: "stft", trained: false, n_fft: 64, hop_samples: 16, power_epsilon: 1e-8 };
const MEL = {
  step: "mel",
  trained: false,
  sample_rate: 8000,
  n_fft: 64,
  n_mels: 6,
  f_min_hz: 0,
  f_max_hz: 4000,
  random: null,
};
const LOG = { step: "log", trained: false, offset: 1e-6 };
const MAGNITUDE = { step: "magnitude", trained: false };
const MASK = { step: "mask", trained: false, start: 3, end: 9 };
const DECIBELS = {
  step: "decibels",
  trained: false,
  amin: 1e-5,
  ref_value: 1,
  top_db: null,
  compat: { top_db: "clip" },
};
const BINS = { is_log: false, count: 20, f_min_hz: 0, f_max_hz: 4000 };
const CONDITIONING = { scale: 32768, remove_dc: true, preemphasis: 0.97, energy: false };

for (
  const [what, ...steps] of [
    ["power", STFT],
    ["log-Mel", STFT, MEL, LOG],
    ["bands of noise", STFT, { ...MEL, random: { seed: 3 } }],
    ["masked magnitudes", STFT, MAGNITUDE, MASK],
    ["all", { ...STFT, conditioning: CONDITIONING, padding: "repeat" }, MAGNITUDE, MASK, MEL, LOG],
  ] as const
) {
  Deno.test(`plainPass() of ${what} is that of its layers`, async () => {
    await tf.setBackend("cpu");
    const chain = await planSteps(steps as unknown as StepSpec[]);
    const state = frozenState(chain);
    const wanted = await (await openChain(chain)).pass(state, steps.length);
    disposeState(state);
    assertEquals(plainPass(chain), wanted);
    assertEquals(wanted?.bank === null, !steps.some(({ step }) => step === "mel"));
  });
}

for (
  const [what, ...steps] of [
    ["kernels that are trained", { ...STFT, trained: true }],
    ["bins that are not the DFT's", { ...STFT, sample_rate: 8000, bins: BINS }, { ...MEL, bins: BINS }],
    ["an odd transform", { ...STFT, n_fft: 63 }, { ...MEL, n_fft: 63 }],
    ["steps in another order", STFT, MASK, MAGNITUDE],
    ["a step of another kind", STFT, MEL, DECIBELS],
  ] as const
) {
  Deno.test(`plainPass() knows that ${what} are none`, async () => {
    assertEquals(plainPass(await planSteps(steps as unknown as StepSpec[])), undefined);
  });
}
