/** What the values of a clip's graph are once the graph listens block by block. */

/**
 * A value with time. Call n (from 0) has its steps `n steps - lag` to `(n + 1) steps - lag - 1`, counted from where the
 * value of a clip begins. Those below 0 are nothing that a clip has: who reads them puts there what the clip's graph has.
 */
export interface Timed {
  readonly is: "timed";
  readonly name: string;
  /** Of a clip, the batch first and as 1. */
  readonly shape: readonly number[];
  /** Which axis is time; 0: that of the batch is time too, step by step. */
  readonly axis: number;
  /** Samples from one step to the next. */
  readonly stride: number;
  /** Below 0 where a clip's value begins behind the clip. */
  readonly lag: number;
  /** Whether steps below 0 are zeros. */
  readonly clean: boolean;
  /** First steps that are later ones backwards, in the place of what is there; null: none. */
  readonly mirrored: Mirrored | null;
}

/** Step j below `before` is step `2 before - j - edge`. */
export interface Mirrored {
  readonly before: number;
  /** 0: the first sample stands once; 1: twice. */
  readonly edge: 0 | 1;
}

/** The first step of a value with time. */
export interface FirstStep {
  readonly is: "first";
  readonly of: Timed;
}

/** As in a clip's graph: of the last clip that was heard, or no matter of the sound at all. */
export interface Whole {
  readonly is: "whole";
  readonly name: string;
  /** Whether the sound is in it. */
  readonly ofSound: boolean;
}

export type Streamed = Timed | FirstStep | Whole;

/** Steps of a clip. */
export function stepsOf({ shape, axis }: Timed): number {
  return shape[axis]!;
}

/** The same with another number of steps, or other sizes. */
export function resized(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((own, i) => i === axis ? size : own);
}
