/**
 * AssemblyScript of two loops that do nothing but multiply and add in registers: the most arithmetic that WebAssembly
 * gets out of a core. One uses as many vectors as x86-64 has registers for; the other twice as many, for an engine
 * that joins neighbouring pairs of them to vectors of 256 bits.
 */

export const PEAK_VECTORS = { narrow: 12, paired: 24 } as const;
const LANES = 4;

export type PeakLoop = keyof typeof PEAK_VECTORS;

/** Exports `narrow(rounds, at)` and `paired(rounds, at)`, which read factors at address `at` and write sums there. */
export function peakSource(): string {
  return (Object.keys(PEAK_VECTORS) as PeakLoop[]).map(loop).join("\n");
}

/** Operations of one call; a multiplication and an addition count as two. */
export function peakFlop(name: PeakLoop, rounds: number): number {
  return 2 * LANES * PEAK_VECTORS[name] * rounds;
}

function loop(name: PeakLoop): string {
  const vectors = Array.from({ length: PEAK_VECTORS[name] }, (_, i) => i);
  return `export function ${name}(rounds: i32, at: usize): void {
  const x = v128.load32_splat(at);
  const b0 = v128.load(at, 0), b1 = v128.load(at, 16);
  let ${vectors.map((i) => `c${i} = f32x4.splat(0)`).join(", ")};
  for (let k = 0; k < rounds; k++) {
    ${vectors.map((i) => `c${i} = f32x4.relaxed_madd(x, b${i % 2}, c${i});`).join("\n    ")}
  }
  ${vectors.map((i) => `v128.store(at, c${i}, ${32 + 16 * i});`).join(" ")}
}`;
}
