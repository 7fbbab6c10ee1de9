/** What a model is. Pure: planning a run needs this and no numeric library. */

/** All models, told apart by `kind`. */
export type ModelSpec = LinearSpec | BcResNetSpec;

export interface LinearSpec {
  readonly kind: "linear";
}

export interface BcResNetSpec {
  readonly kind: "bc_resnet";
  /** Share of channels dropped while training; as in the original by default. */
  readonly dropout?: DropoutRates;
}

export interface DropoutRates {
  readonly transition: number;
  readonly broadcasted: number;
}

export const ORIGINAL_DROPOUT: DropoutRates = Object.freeze({ transition: 0.5, broadcasted: 0.1 });
