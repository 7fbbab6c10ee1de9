/**
 * What the process that drives a benchmark and the one that does the work say to each other: one JSON object a line,
 * a request on standard input, its reply on standard output. `peer.py` speaks the same. No logic.
 */
import type { StepCount } from "./device_step.ts";
import type { BenchCase, PeerVariant } from "./cases.ts";

export type WorkRequest =
  | {
    readonly do: "prepare";
    readonly case: BenchCase;
    readonly threads: number;
    /** A safetensors file of weights, waves and labels: written by this project's side, read by the peer. */
    readonly exchange?: string;
    /** For the peer alone. */
    readonly variant?: PeerVariant;
  }
  | { readonly do: "run"; readonly runs: number }
  | { readonly do: "end" };

export interface Prepared {
  /** Of the first batch in training mode without dropout, under the initial weights. */
  readonly loss?: number;
  /** How many values training changes. */
  readonly trained?: number;
  /** Of one run, where they say more than its time. */
  readonly multiplications?: number;
  /** What a step asks of a graphics device. */
  readonly device?: StepCount;
  /** Work done by one run, where a rate says more than a time. */
  readonly rate?: { readonly unit: "GFLOP/s" | "clips/s"; readonly amount: number };
}

export interface Ended {
  /** The most memory that the process ever held, in MB of 10^6 bytes; absent where the system does not tell. */
  readonly peak_mb?: number;
}

export type WorkReply = Prepared | { readonly ms: readonly number[] } | Ended | { readonly error: string };
