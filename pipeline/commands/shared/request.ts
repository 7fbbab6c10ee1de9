/** What command lines ask for. Pure. */
import type { MissingRun } from "../../../lib/records/results.ts";
import type { SweepFlags } from "./flags.ts";

/** What is asked for: `kws` and `asr` compare by default, `sweep` and anything with sweep flags only what is listed. */
export interface Request extends SweepFlags {
  readonly kind: "compare" | "sweep";
  readonly overrides: readonly string[];
  /** Draw the report's figures as PNG too. */
  readonly images?: boolean;
  /** Runs that were asked for too, and failed. */
  readonly missing?: readonly MissingRun[];
}

/** `status`, `why` and `graph` speak of the sweep if a sweep's flag is given, else of what its task compares. */
export function requestOf(flags: SweepFlags & { readonly overrides: readonly string[] }): Request {
  const isSweep = flags.config !== undefined || axisOverrides(flags).length > 0;
  return { ...flags, kind: isSweep ? "sweep" : "compare" };
}

/** The flags of `sweep` as overrides: `--n-mels 10,20` is `frontend.n_mels=10,20`. */
export function axisOverrides(flags: SweepFlags): string[] {
  const pairs: [string, string | undefined][] = [
    ["model", flags.model],
    ["frontend", flags.frontend],
    ["setting", flags.setting],
    ["frontend.n_mels", flags.nMels],
    ["seed", flags.seed],
  ];
  return pairs.flatMap(([key, text]) => text === undefined ? [] : [`${key}=${text}`]);
}
