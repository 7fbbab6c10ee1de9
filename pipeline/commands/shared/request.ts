/** What command lines ask for. Pure. */
import type { MissingRun } from "../../../lib/records/results.ts";
import { expandAlias } from "../../config/compose.ts";
import { parseOverride } from "../../config/override.ts";
import { DEFAULT_TASK } from "../../config/tasks.ts";
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

/**
 * `status`, `why` and `graph` speak of the sweep if a sweep's flag or a list is given, else of what its task compares.
 *
 * @throws {UserError} "bad-config": what is no override.
 */
export function requestOf(flags: SweepFlags & { readonly overrides: readonly string[] }): Request {
  const hasLists = flags.overrides.map(parseOverride).some(({ values }) => values.length > 1);
  const isSweep = flags.config !== undefined || axisOverrides(flags).length > 0 || hasLists;
  return { ...flags, kind: isSweep ? "sweep" : "compare" };
}

/**
 * What `kws` or `asr` make of the same words, where these are a sweep of lists alone: both commands take lists, and each has
 * a table of its own. Undefined: only `sweep` takes them, or they are no sweep.
 */
export function comparisonOf(request: Request): Request | undefined {
  const isOfLists = request.kind === "sweep" && request.config === undefined &&
    axisOverrides(request).length === 0;
  return isOfLists ? { ...request, kind: "compare" } : undefined;
}

/** What to type to have the same again: the words that decide what is run, and none that only say how. */
export function commandOf(request: Request, isExecutors: (word: string) => boolean): string {
  const { kind, task, config, quick } = request;
  const words = [
    ...(kind === "compare" ? [task] : [
      "sweep",
      ...(task === DEFAULT_TASK ? [] : ["--task", task]),
      ...(config === undefined ? [] : ["--config", config]),
    ]),
    ...(quick === true ? ["--quick"] : []),
    ...axisOverrides(request),
    ...request.overrides.filter((word) => !isExecutors(word)),
  ];
  return `deno task ${words.map(shellWord).join(" ")}`;
}

/**
 * Command lines that go further than one that has run, on the same recordings.
 *
 * @param axes Keys that it varied.
 */
export function nextStep({ task, overrides }: Request, axes: readonly string[]): string {
  const data = overrides.filter((word) => {
    const { path, values } = parseOverride(word);
    return expandAlias(path)[0] === "dataset" && values.length === 1;
  });
  const line = (...words: string[]) => ["deno task", ...[...words, ...data].map(shellWord)].join(" ");
  const bands = ["sweep", ...(task === DEFAULT_TASK ? [] : ["--task", task]), "--n-mels", "10,20,30,40"];
  return axes.includes("frontend.n_mels")
    ? line(...bands, "--setting", "A,D", "--seed", "0,1,2")
    : `${line(...bands)}, or ${line(task, "model=bc_resnet", "setting=A")}`;
}

/** As a shell reads it as one word. */
export function shellWord(word: string): string {
  return SPECIAL.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word;
}

/** What a shell makes something else of. */
const SPECIAL = /[[\](){}*?<>~!$\s;&|"'`\\#]/;

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
