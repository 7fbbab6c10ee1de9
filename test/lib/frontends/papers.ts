/** The front-ends of the paper in each setting, for tests. */
import * as tf from "@tensorflow/tfjs";
import type { JsonObject } from "../../../lib/base/json.ts";
import { loadKind } from "../../../lib/base/kinds.ts";
import { COMPRESSIONS as COMPRESSION_KINDS } from "../../../lib/frontends/compressions/kinds.ts";
import type {
  CompressionConfig,
  FrontendConfig,
  FrontendContext,
  FrontendSpec,
  Setting,
} from "../../../lib/frontends/contract.ts";
import { loadFrontend, makeFrontend } from "../../../lib/frontends/front_end.ts";
import { type OpenChain, openChain } from "../../../lib/frontends/open.ts";
import { partsOfSetting } from "../../../lib/frontends/parts.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";
import type { ForwardMode, NetworkState } from "../../../lib/nn/types.ts";

const SAMPLE_RATE = 16000;

/** nnAudio's. @param changes Of its group of the configuration. @param compression Of the other group. */
export function nnAudio(
  setting: Setting,
  changes: JsonObject = {},
  compression: JsonObject = {},
): Promise<FrontendSpec> {
  return frontendOf("nnaudio", setting, changes, compression);
}

/** The original's filter bank with its oddities. */
export function fastAudio(
  setting: Setting,
  changes: JsonObject = {},
  compression: JsonObject = {},
): Promise<FrontendSpec> {
  return frontendOf("fastaudio", setting, changes, compression);
}

/** LEAF as its authors have it, with frames centred at multiples of a hop. */
export function leaf(
  setting: Setting,
  changes: JsonObject = {},
  compression: JsonObject = {},
): Promise<FrontendSpec> {
  return frontendOf("leaf", setting, changes, compression);
}

const SHARED = {
  n_fft: 480,
  hop_samples: 160,
  window: "hann",
  win_length: null,
  freq_scale: "no",
  freq_bins: null,
  center: true,
  pad_mode: "reflect",
  n_mels: 40,
  f_min_hz: 0,
  f_max_hz: 8000,
  power_epsilon: "original",
  mask: null,
  normalise: "none",
};

const KALDI = {
  win_length: 400,
  hop_samples: 160,
  n_fft: 512,
  window: "povey",
  preemphasis: 0.97,
  remove_dc: true,
  snip_edges: true,
  n_mels: 40,
  f_min_hz: 20,
  f_max_hz: 8000,
  mask: null,
  normalise: "none",
};

const CEPSTRUM = { n_mfcc: 20, lifter: 0 };

const MEL = { filters: "mel", htk: false, norm: "slaney" };

const CONFIGS: Readonly<Record<string, JsonObject>> = {
  mfcc: { convention: "librosa", ...SHARED, ...MEL, ...CEPSTRUM, power: 2 },
  mfcc_kaldi: { convention: "kaldi", ...KALDI, n_mels: 23, n_mfcc: 13, lifter: 22, energy: true },
  fbank: KALDI,
  nnaudio: { ...SHARED, power: 2, random_mel: false, ...MEL },
  fastaudio: {
    ...SHARED,
    power: 1,
    filter: "triangular",
    sort: false,
    param_change_factor: 1,
    param_rand_factor: 0,
    compat: { band_limits: "original" },
  },
  leaf: {
    n_mels: 40,
    taps: 401,
    hop_samples: 160,
    f_min_hz: 60,
    f_max_hz: 7800,
    start: "mel_bins",
    frames: "centred",
    floor: 1e-5,
    cut: 3e-4,
    exact: false,
    normalise: "none",
  },
};

const LOG_FLOOR = { kind: "log_floor", floor: 1.1920928955078125e-7 };

const COMPRESSIONS: Readonly<Record<string, CompressionConfig>> = {
  mfcc: { kind: "decibels", amin: 1e-10, ref_value: 1, top_db: 80, compat: { top_db: "clip" } },
  mfcc_kaldi: LOG_FLOOR,
  fbank: LOG_FLOOR,
  nnaudio: { kind: "log", offset: 1e-10 },
  fastaudio: { kind: "decibels", amin: 1e-10, ref_value: 1, top_db: 80, compat: { top_db: "batch" } },
  leaf: {
    kind: "pcen",
    parameterisation: "direct",
    gain: 0.96,
    bias: 2,
    power: 0.5,
    smoothing: 0.04,
    eps: 1e-12,
  },
};

/** A front-end's configuration with changes, in setting A. */
export function configOf(
  kind: string,
  changes: JsonObject = {},
): { readonly config: FrontendConfig; readonly context: FrontendContext } {
  return {
    config: { kind, ...CONFIGS[kind], ...changes },
    context: {
      sampleRate: SAMPLE_RATE,
      clipSamples: null,
      seed: 0,
      trained: [],
      compression: COMPRESSIONS[kind]!,
    },
  };
}

/** Any front-end, as its authors have it. */
export async function frontendOf(
  name: string,
  setting: Setting,
  changes: JsonObject = {},
  compressed: JsonObject = {},
): Promise<FrontendSpec> {
  const frontend = await loadFrontend(name);
  const { config, context } = configOf(name, changes);
  const compression = { ...context.compression, ...compressed };
  const kinds = { frontend, compression: await loadKind(COMPRESSION_KINDS, compression.kind, "compression") };
  return makeFrontend(frontend.schema.parse(config), {
    ...context,
    trained: partsOfSetting(kinds, setting),
    compression,
  });
}

/** A front-end at work, behind its frozen prefix. */
export interface TestedFrontend extends OpenChain {
  /** @param x As the cache has it. @returns `[B, M, T]`. */
  forward(state: NetworkState, x: tf.Tensor, mode: ForwardMode): tf.Tensor3D;
  /** What is cached of clips: as {@link OpenChain.transform} with the frozen prefix's own tensors; a new tensor. */
  cache(waves: tf.Tensor2D): tf.Tensor;
}

export async function opened(spec: FrontendSpec): Promise<TestedFrontend> {
  const chain = await openChain(await planSteps(spec.steps));
  return {
    ...chain,
    forward: (state, x, mode) =>
      chain.transform(state, x, mode, chain.frozen, chain.steps.length) as tf.Tensor3D,
    cache: (waves) => cacheOf(chain, waves),
  };
}

/** What is cached of clips for a network or a front-end; a new tensor even for waves. */
export function cacheOf(
  { frozen, frozenSpecs, transform }: Pick<OpenChain, "frozen" | "frozenSpecs" | "transform">,
  waves: tf.Tensor2D,
): tf.Tensor {
  const state = frozenState({ frozenSpecs });
  const made = tf.tidy(() => tf.clone(transform(state, waves, { training: false }, 0, frozen)));
  disposeState(state);
  return made;
}
