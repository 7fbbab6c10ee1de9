/** Background noises made from random numbers alone, each `[length]`, at no particular level. */
import type { Rng } from "../base/random.ts";
import { biquad } from "./biquad.ts";

export function whiteNoise(length: number, rng: Rng): Float32Array {
  return Float32Array.from({ length }, () => rng.uniform(-1, 1));
}

/** 1/f noise within 0.05 dB above 10 Hz at 44.1 kHz: Paul Kellet's filter (musicdsp.org, "Pink noise filter"). */
export function pinkNoise(length: number, rng: Rng): Float32Array {
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const state = poles.map(() => 0);
  let last = 0;
  return Float32Array.from({ length }, () => {
    const white = rng.uniform(-1, 1);
    let sum = white * 0.5362 + last;
    for (let k = 0; k < poles.length; k++) sum += state[k] = poles[k]! * state[k]! + white * gains[k]!;
    last = white * 0.115926;
    return sum;
  });
}

/** 1/f^2 noise: a leaky sum of white noise. */
export function brownNoise(length: number, rng: Rng): Float32Array {
  let sum = 0;
  return Float32Array.from({ length }, () => sum = 0.995 * sum + rng.uniform(-1, 1));
}

/** Like water from a tap: rushing low noise, a hiss that swells, and now and then a drop. */
export function runningTap(length: number, sampleRate: number, rng: Rng): Float32Array {
  const low = brownNoise(length, rng.fork("low"));
  const hiss = biquad(
    whiteNoise(length, rng.fork("hiss")),
    { kind: "highpass", hz: 2500, q: 0.7 },
    sampleRate,
  );
  const swell = slowCurve(length, sampleRate, 0.7, rng.fork("swell"));
  const drops = decayingTones(length, sampleRate, rng.fork("drops"), {
    perSecond: 3,
    hz: [500, 1800],
    decayMs: [10, 40],
    partials: 1,
  });
  return low.map((value, i) => 0.04 * value + hiss[i]! * (0.35 + 0.3 * swell[i]!) + 0.5 * drops[i]!);
}

/** Like an exercise bike: a mains hum, and a whirr that comes and goes with each turn of the pedals. */
export function exerciseBike(length: number, sampleRate: number, rng: Rng): Float32Array {
  const humHz = rng.uniform(49, 61);
  const turnHz = rng.uniform(1, 1.8);
  const drift = slowCurve(length, sampleRate, 0.2, rng.fork("drift"));
  const chain = biquad(
    whiteNoise(length, rng.fork("chain")),
    { kind: "peak", hz: 1400, q: 3, gainDb: 20 },
    sampleRate,
  );
  let [hum, turn] = [0, 0];
  return Float32Array.from({ length }, (_, i) => {
    hum += humHz / sampleRate;
    turn += turnHz * (1 + 0.15 * drift[i]!) / sampleRate;
    let tone = 0;
    for (let k = 1; k <= 9; k++) tone += Math.sin(2 * Math.PI * ((hum * k) % 1)) / k;
    const whirr = 0.15 + 0.85 * Math.max(0, Math.sin(2 * Math.PI * (turn % 1))) ** 2;
    return 0.3 * tone + 0.12 * whirr * chain[i]!;
  });
}

/** Like dishes being done: ringing clinks in bursts over a little water. */
export function dishes(length: number, sampleRate: number, rng: Rng): Float32Array {
  const clinks = decayingTones(length, sampleRate, rng.fork("clinks"), {
    perSecond: 6,
    hz: [1200, 6500],
    decayMs: [15, 180],
    partials: 4,
  });
  const water = pinkNoise(length, rng.fork("water"));
  return clinks.map((value, i) => value + 0.03 * water[i]!);
}

interface ToneOptions {
  readonly perSecond: number;
  readonly hz: readonly [number, number];
  readonly decayMs: readonly [number, number];
  readonly partials: number;
}

/** Tones that start at random instants and die away, with inharmonic partials. */
function decayingTones(length: number, sampleRate: number, rng: Rng, options: ToneOptions): Float32Array {
  const result = new Float32Array(length);
  const count = Math.max(1, Math.round(options.perSecond * length / sampleRate));
  for (let tone = 0; tone < count; tone++) {
    const start = rng.integer(length);
    const gain = 10 ** (rng.uniform(-25, 0) / 20);
    const decay = Math.exp(-1000 / (rng.uniform(...options.decayMs) * sampleRate));
    const hertz = Array.from({ length: options.partials }, () => rng.uniform(...options.hz));
    let envelope = gain;
    for (let i = start; i < length && envelope > 1e-4 * gain; i++, envelope *= decay) {
      let sum = 0;
      for (const hz of hertz) sum += Math.sin(2 * Math.PI * (((i - start) * hz / sampleRate) % 1));
      result[i] = result[i]! + envelope * sum / options.partials;
    }
  }
  return result;
}

/** A smooth random curve in [-1, 1] with about `hz` turns a second. */
function slowCurve(length: number, sampleRate: number, hz: number, rng: Rng): Float32Array {
  const step = sampleRate / (2 * hz);
  const points = Array.from({ length: Math.ceil(length / step) + 2 }, () => rng.uniform(-1, 1));
  return Float32Array.from({ length }, (_, i) => {
    const at = Math.floor(i / step);
    const blend = 0.5 - 0.5 * Math.cos(Math.PI * (i / step - at));
    return points[at]! * (1 - blend) + points[at + 1]! * blend;
  });
}
