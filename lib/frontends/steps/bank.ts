/** What banks of filters over a spectrum have in common. Pure. */
import { binsOf, type BinSpacing } from "../../audio/bins.ts";
import { type Representation, sizesOf } from "../../nn/representation.ts";

interface BankSpec {
  readonly nFft: number;
  readonly nMels: number;
  readonly bins: BinSpacing | null;
  /** Whether a column behind the bins is passed on as a band behind the others. */
  readonly energy?: boolean;
}

/** What a bank makes of a spectrum. @throws {RangeError} If it is none of its DFT. */
export function bandsOf(name: string, spec: BankSpec, input: Representation): Representation {
  const { nFft, nMels, bins: spaced, energy = false } = spec;
  const [, bins] = sizesOf(name, input, ["time", "frequency"]);
  const more = energy ? 1 : 0;
  const wanted = binsOf(spec) + more;
  if (bins !== wanted) {
    const whose = spaced === null ? `those of n_fft ${nFft}` : `the ${spaced.count} that are spaced`;
    throw new RangeError(
      `Cannot apply ${name} to ${bins} bins: wanted ${wanted}, ${whose}${energy ? " and an energy" : ""}`,
    );
  }
  return {
    name,
    axes: [{ name: "band", size: nMels + more }, { name: "time", size: null }],
    unit: "energy",
    range: null,
  };
}
