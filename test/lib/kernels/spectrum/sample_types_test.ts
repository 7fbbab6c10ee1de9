/** That quiet bands beside a loud tone come through from a file to features, whatever its samples are written as. */
import { assert } from "@std/assert";
import { melFilters } from "../../../../lib/audio/mel_scale.ts";
import { openRecording } from "../../../../lib/audio/open_recording.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { openSpectrum } from "../../../../lib/kernels/spectrum/alone_io.ts";
import { chunk, formatChunk, riff } from "../../audio/wav_bytes.ts";
import { amplitudes } from "./amplitudes.ts";
import { formOf } from "./forms.ts";

const [SAMPLES, N_FFT, HOP, BANDS, OFFSET] = [1600, 480, 160, 40, 1e-10];
const [PCM, FLOAT] = [1, 3];
const WEIGHTS = melFilters({ sampleRate: 16000, nFft: N_FFT, nMels: BANDS, fMinHz: 0, fMaxHz: 8000 });

/** Half of full scale at 800 Hz, over noise at -100 dB. */
function tone(): Float64Array {
  const rng = Rng.fromSeed("sample types");
  return Float64Array.from(
    { length: SAMPLES },
    (_, n) => 0.5 * Math.sin(2 * Math.PI * 0.05 * n) + 1e-5 * rng.uniform(-1, 1),
  );
}

/** A file, and the values that it holds. */
function written(tag: number, bits: number): { readonly file: Uint8Array; readonly held: Float64Array } {
  const size = bits / 8;
  const bytes = new Uint8Array(SAMPLES * size);
  const fields = new DataView(bytes.buffer);
  const scale = 2 ** (bits - 1);
  const held = tone().map((value, i) => {
    if (tag === FLOAT) {
      if (bits === 64) fields.setFloat64(8 * i, value, true);
      else fields.setFloat32(4 * i, value, true);
      return bits === 64 ? value : Math.fround(value);
    }
    const integer = Math.round(value * scale);
    const stored = bits === 8 ? integer + 128 : integer; // 8 bits have no sign
    for (let byte = 0; byte < size; byte++) bytes[size * i + byte] = stored >> (8 * byte);
    return integer / scale;
  });
  return { file: riff(formatChunk({ tag, bits }), chunk("data", bytes)), held };
}

for (const [tag, bits] of [[PCM, 8], [PCM, 16], [PCM, 24], [PCM, 32], [FLOAT, 32], [FLOAT, 64]] as const) {
  Deno.test(`log-mel of quiet bands is that of ${bits}-bit ${tag === PCM ? "integers" : "floats"}`, async () => {
    const { file, held } = written(tag, bits);
    const samples = (await openRecording(file, "tone.wav")).decode(0, SAMPLES);
    const bank = { weights: WEIGHTS, bands: BANDS, logOffset: OFFSET };
    const form = formOf(N_FFT, HOP);
    const logmel = (await openSpectrum({ ...form, bank })).features(samples, SAMPLES);
    const wanted = amplitudes(held, N_FFT, HOP);
    for (let t = 2; t < wanted.length - 2; t++) { // reflected ends are no tone
      for (let band = 0; band < BANDS; band++) {
        const weights = WEIGHTS.subarray(band * wanted[t]!.length, (band + 1) * wanted[t]!.length);
        const energy = wanted[t]!.reduce((sum, amplitude, k) => sum + weights[k]! * amplitude ** 2, 0);
        const error = Math.abs(logmel[band * wanted.length + t]! - Math.log(energy + OFFSET));
        assert(error < 0.03, `band ${band}, frame ${t}: off by ${error}`);
      }
    }
  });
}
