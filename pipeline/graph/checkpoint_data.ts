/** The data set that a checkpoint is used with: what is typed, else what its file says, else the usual one. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import { EXCLUDE } from "../../lib/data/exclusion/schema.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import type { TrainedOn } from "../../lib/records/dataset.ts";
import type { ConfReader } from "../config/compose.ts";
import { wordOf } from "../config/override.ts";
import type { Point } from "../config/sweep.ts";

/** Who named the data set. */
export type DataFrom = "typed" | "file" | "nobody";

export interface ChosenData {
  readonly from: DataFrom;
  /** As overrides, which stand before what is typed. */
  readonly words: readonly string[];
  /** Keys whose paths this machine knew. */
  readonly remembered: readonly string[];
}

/** Where a data set was when a training here read it, by keys of its group: `root`. Paths are absolute. */
export interface KnownPaths {
  /** What is at its path still. */
  readonly there: Readonly<Record<string, string>>;
  /** What is not. */
  readonly gone: Readonly<Record<string, string>>;
}

/** What a command makes of the data set: reads its recordings, or only asks which voices are heard in it. */
export type DataUse = "read" | "asked";

/**
 * @param said What the file says of itself; null: nothing. @param typed Paths of what is typed: `["dataset", "root"]`.
 * @param options.called The checkpoint in errors. @param options.known Paths that this machine knows where files do not tell:
 * of the data set that it was trained on, so none counts where the folder of another is typed.
 * @throws {UserError} `usage` if a path of its user's is wanted, which no file tells.
 */
export function chooseData(
  said: CheckpointRecord | null,
  typed: readonly (readonly string[])[],
  { conf, called, use, known }: {
    readonly conf: ConfReader;
    readonly called: string;
    readonly use: DataUse;
    readonly known: KnownPaths;
  },
): ChosenData {
  const keys = new Set(typed.map((path) => path.join(".")));
  if (keys.has(GROUP)) return { from: "typed", words: [], remembered: [] };
  const dataset = said?.dataset;
  if (dataset === undefined || !conf.choices(GROUP).includes(dataset.kind)) {
    return { from: "nobody", words: [], remembered: [] };
  }
  const { kind, name, settings, untold } = dataset;
  const wanted = untold.filter((key) => !keys.has(`${GROUP}.${key}`));
  // Another folder is another data set, whatever else of it is as the file says: what is left out of the one is not of it.
  const isOther = untold.some((key) => key !== EXCLUDE && !wanted.includes(key));
  const { there, gone } = isOther ? NOT_KNOWN : known;
  const unknown = wanted.filter((key) => !Object.hasOwn(there, key));
  if (unknown.length > 0 && use === "read") throw notTold(called, dataset, unknown, gone);
  return {
    from: isOther ? "typed" : "file",
    words: [
      `${GROUP}=${kind}`,
      ...Object.entries(settings).map(([key, value]) => wordOf(`${GROUP}.${key}`, value)),
      ...wanted.map((key) => wordOf(`${GROUP}.${key}`, there[key] ?? name)), // else nothing is read from there
    ],
    remembered: wanted.filter((key) => Object.hasOwn(there, key)).map((key) => `${GROUP}.${key}`),
  };
}

const GROUP = "dataset";
const NOT_KNOWN: KnownPaths = { there: {}, gone: {} };

function notTold(
  called: string,
  { name, kind }: TrainedOn,
  wanted: readonly string[],
  gone: KnownPaths["gone"],
): UserError {
  const typed = wanted.map((key) => `${key === "root" ? key : `${GROUP}.${key}`}=PATH`).join(" and ");
  const keys = wanted.filter((key) => !Object.hasOwn(gone, key)).map((key) => `${GROUP}.${key}`).join(
    " and ",
  );
  const found = [
    ...wanted.filter((key) => Object.hasOwn(gone, key))
      .map((key) => `${GROUP}.${key} was ${gone[key]}, which is not there any more`),
    ...(keys === "" ? [] : [`${keys} of that was a path, which no checkpoint tells`]),
  ];
  return new UserError(
    "usage",
    `Cannot use ${called} on what it was trained on, ${name} (${GROUP}=${kind}): ${
      found.join("; ")
    }. Type ${typed}, ` +
      `or another data set as ${GROUP}=NAME.`,
  );
}

/** One line: which data set a checkpoint is used with, and who says so. @param point Its configuration. */
export function dataLine(
  called: string,
  said: CheckpointRecord | null,
  { from, remembered }: Pick<ChosenData, "from" | "remembered">,
  point: Point,
): string {
  const { kinds, config, composed: { changes, choices } } = point;
  // Several files may be of one kind that comes with the project.
  const name = kinds.dataset.builtIn ? choices.get(GROUP)!.name : kinds.dataset.name(config.dataset);
  const unusual = [...changes].filter(([key]) => key.startsWith(`${GROUP}.`)).map((change) =>
    wordOf(...change)
  );
  const told = [name, ...unusual.length === 0 ? [] : [`(${unusual.join(" ")})`]].join(" ");
  const trainedOn = said?.dataset?.name;
  switch (from) {
    case "file":
      return `Data set: ${told}, which ${called} says it was trained on${
        remembered.length === 0 ? "" : `; ${remembered.join(" and ")} as a training had it here`
      }.`;
    case "typed":
      return `Data set: ${told}, as typed${
        trainedOn === undefined ? "" : `; ${called} was trained on ${trainedOn}`
      }.`;
    case "nobody":
      return `Data set: ${told}, which is assumed, as ${
        trainedOn === undefined
          ? `${called} does not say what it was trained on`
          : `${called} was trained on ${trainedOn}, which this project does not have`
      }. ${GROUP}=NAME takes another.`;
    default:
      throw from satisfies never;
  }
}
