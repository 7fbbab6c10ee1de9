/** What transforms of waves work on. */
import type { Lend, WaveFilters } from "../../../audio/wave_filters.ts";
import type { Surroundings } from "../../contract.ts";

export interface Wave {
  /** At full scale 1; not to be changed in place. */
  readonly values: Float32Array;
  readonly labels: readonly string[];
  /** In Hz. */
  readonly sampleRate: number;
  readonly around: Surroundings;
  readonly filters: WaveFilters;
  /** Memory for what a transform makes: good until the example has been through all of them. */
  readonly lend: Lend;
}
