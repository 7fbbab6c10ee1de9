/** What banks of filters over a spectrum have in common. Pure. */
import { binCount } from "../../audio/framing.ts";
import { type Representation, sizesOf } from "../../nn/representation.ts";

interface BankSpec {
  readonly nFft: number;
  readonly nMels: number;
}

/** What a bank makes of a spectrum. @throws {RangeError} If it is none of its DFT. */
export function bandsOf(name: string, { nFft, nMels }: BankSpec, input: Representation): Representation {
  const [, bins] = sizesOf(name, input, ["time", "frequency"]);
  if (bins !== binCount(nFft)) {
    throw new RangeError(
      `Cannot apply ${name} to ${bins} bins: wanted ${binCount(nFft)}, those of n_fft ${nFft}`,
    );
  }
  return {
    name,
    axes: [{ name: "band", size: nMels }, { name: "time", size: null }],
    unit: "energy",
    range: null,
  };
}
