/** The library's door to front-ends: what is wrong is said at once, in the library's own terms. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { kindNames } from "../../../lib/base/kinds.ts";
import { makeFrontend } from "../../../lib/door/frontend.ts";
import { COMPRESSIONS } from "../../../lib/frontends/compressions/kinds.ts";
import { makeFrontend as makeChecked } from "../../../lib/frontends/front_end.ts";
import { FRONTENDS } from "../../../lib/frontends/kinds.ts";
import { configOf } from "../frontends/papers.ts";

const nnaudio = configOf("nnaudio");
const { n_mels: _, ...withoutMels } = nnaudio.config;
const without: JsonObject & { readonly kind: string } = withoutMels;

const compression = (values: JsonObject & { readonly kind: string }) => ({ compression: values });

/** What is given -> the sentence. */
const REFUSED: readonly (readonly [typeof nnaudio.config, object, string])[] = [
  [
    nnaudio.config,
    { trained: ["mell"] },
    'Cannot make the front-end nnaudio: trained.0: wanted one of stft, mel, found "mell". Did you mean "mel"?',
  ],
  [
    { ...nnaudio.config, n_mel: 3 },
    {},
    "Cannot make the front-end nnaudio: unknown key n_mel: wanted kind, n_fft, hop_samples, window, win_length, " +
    "freq_scale, freq_bins, center, pad_mode, n_mels, f_min_hz, f_max_hz, power_epsilon, power, mask, normalise, " +
    'random_mel, filters, htk, norm. Did you mean "n_mels"?',
  ],
  [without, {}, "Cannot make the front-end nnaudio: n_mels: wanted a number, found nothing."],
  [
    { ...without, n_mel: 3 },
    {},
    "Cannot make the front-end nnaudio: unknown key n_mel: wanted kind, n_fft, hop_samples, window, win_length, " +
    "freq_scale, freq_bins, center, pad_mode, n_mels, f_min_hz, f_max_hz, power_epsilon, power, mask, normalise, " +
    'random_mel, filters, htk, norm. Did you mean "n_mels"?',
  ],
  [
    { ...nnaudio.config, n_mels: NaN },
    {},
    "Cannot make the front-end nnaudio: n_mels: wanted a number, found NaN.",
  ],
  [
    { ...nnaudio.config, normalise: "bach" },
    {},
    "Cannot make the front-end nnaudio: normalise: wanted one of none, batch, clip_mean, " +
    'found "bach". Did you mean "batch"?',
  ],
  [
    { ...nnaudio.config, mask: { start: 1, end: 2, ende: 3 } },
    {},
    'Cannot make the front-end nnaudio: unknown key mask.ende: wanted start, end. Did you mean "end"?',
  ],
  [
    { ...nnaudio.config, f_max_hz: 9000 },
    {},
    "Cannot make the front-end nnaudio: f_max_hz: wanted f_min_hz < f_max_hz <= 8000 (half the sample rate), " +
    "found 0 and 9000.",
  ],
  [
    { kind: "nnaudo" },
    {},
    `Cannot use the front-end "nnaudo": there is ${kindNames(FRONTENDS).join(", ")}. Did you mean "nnaudio"?`,
  ],
  [
    nnaudio.config,
    compression({ kind: "rot" }),
    `Cannot use the compression "rot": there is ${kindNames(COMPRESSIONS).join(", ")}.`,
  ],
  [
    nnaudio.config,
    { compression: undefined },
    `Cannot use the compression "undefined": there is ${kindNames(COMPRESSIONS).join(", ")}.`,
  ],
  [
    nnaudio.config,
    compression({ kind: "log" }),
    "Cannot make the front-end nnaudio: compression.offset: wanted a number, found nothing.",
  ],
  [
    nnaudio.config,
    compression({ kind: "log", offset: 1, ofset: 1 }),
    "Cannot make the front-end nnaudio: unknown key compression.ofset: wanted kind, offset. " +
    'Did you mean "offset"?',
  ],
  [
    nnaudio.config,
    { sampleRate: 0 },
    "Cannot make the front-end nnaudio: sampleRate: wanted at least 1, found 0.",
  ],
];

Deno.test("what is wrong with a front-end is said where it is made, with what was found and wanted", async () => {
  for (const [config, changes, sentence] of REFUSED) {
    const error = await assertRejects(
      () => makeFrontend(config, { ...nnaudio.context, ...changes }),
      UserError,
    );
    assertEquals([error.message, error.reason], [sentence, "bad-config"]);
  }
});

Deno.test("the door makes of right values what the pipeline makes of them", async () => {
  for (const name of ["nnaudio", "fastaudio", "mfcc", "mfcc_kaldi", "fbank"]) {
    const { config, context } = configOf(name);
    const all = { ...context, clipSamples: 8000, trained: ["mel", "stft"] };
    assertEquals(
      JSON.stringify(await makeFrontend(config, all)),
      JSON.stringify(await makeChecked(config, all)),
    );
  }
});
