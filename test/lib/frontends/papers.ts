/** The front-ends of the paper in each setting, for tests. */
import type { FrontendSpec, Setting } from "../../../lib/frontends/contract.ts";
import { loadFrontend, makeFrontend } from "../../../lib/frontends/front_end.ts";
import type { JsonObject } from "../../../lib/base/json.ts";

const SAMPLE_RATE = 16000;

/** nnAudio's. @param changes Of its group of the configuration. @param compression Of the other group. */
export function nnAudio(
  setting: Setting,
  changes: JsonObject = {},
  compression: JsonObject = {},
): Promise<FrontendSpec> {
  const config = { kind: "nnaudio", ...SHARED, power: 2, random_mel: false, ...changes };
  return made(setting, config, { kind: "log", offset: 1e-10, ...compression });
}

/** The original's filter bank with its oddities. */
export function fastAudio(
  setting: Setting,
  changes: JsonObject = {},
  compression: JsonObject = {},
): Promise<FrontendSpec> {
  const config = {
    kind: "fastaudio",
    ...SHARED,
    power: 1,
    filter: "triangular",
    sort: false,
    param_change_factor: 1,
    param_rand_factor: 0,
    compat: { band_limits: "original" },
    ...changes,
  };
  const decibels = { kind: "decibels", amin: 1e-10, ref_value: 1, top_db: 80, compat: { top_db: "batch" } };
  return made(setting, config, { ...decibels, ...compression });
}

const SHARED = {
  n_fft: 480,
  hop_samples: 160,
  n_mels: 40,
  f_min_hz: 0,
  f_max_hz: 8000,
  power_epsilon: "original",
  mask: null,
  normalise: "none",
};

type Config = JsonObject & { readonly kind: string };

async function made(setting: Setting, config: Config, compression: Config): Promise<FrontendSpec> {
  const { schema, settings } = await loadFrontend(config.kind);
  return makeFrontend(schema.parse(config), {
    sampleRate: SAMPLE_RATE,
    seed: 0,
    trained: settings[setting],
    compression,
  });
}
