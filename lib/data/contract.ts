/** What a data set is: where its recordings come from, and how a split of it is indexed. Pure. */
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { ExampleIndex, SplitName } from "../records/example_index.ts";

/** A data set in its file form: its group of the configuration. */
export type DataSpec = JsonObject & { readonly kind: string; readonly sample_rate: number };

/** Where an input of the indexing and of the features comes from. */
export type Recordings =
  /** The user's own folder or file, as typed. */
  | { readonly from: "user"; readonly path: string }
  /** A published archive, by its name in `data/sources.json`, unpacked. @property mirror URL that is asked first. */
  | { readonly from: "archive"; readonly name: string; readonly mirror: string | null }
  /** Made by the kind's {@link Maker} from these settings. */
  | { readonly from: "maker"; readonly settings: JsonObject }
  /** The index of another split, for what only that split decides, such as the classes of words. */
  | { readonly from: "index"; readonly split: SplitName };

export interface DataKind<Config extends DataSpec = DataSpec> {
  /** Of `conf/dataset/<name>.yaml`, in snake_case, with a literal `kind`. */
  readonly schema: z.ZodType<Config>;
  /** Name of the task that it is for: a kind of `tasks/kinds.ts`. */
  readonly task: string;
  /** Whether it comes with the project: results are not named after it. */
  readonly builtIn: boolean;
  /** What tables and tasks call it: the folder's own name where it is a folder. */
  name(config: Config): string;
  check(config: Config): readonly Problem[];
  /** Samples of every clip; null: examples are as long as they are. */
  clipSamples(config: Config): number | null;
  /** What a split's index and features read; names are those of the index's `input`. */
  inputs(config: Config, split: SplitName): Readonly<Record<string, Recordings>>;
  /** All that decides a split's index and nothing else. */
  indexSettings(config: Config, split: SplitName): JsonObject;
  /** The configuration with which a checkpoint of these classes can be evaluated on this data set. */
  withClasses(config: Config, classes: readonly string[]): Config;
  /** How many examples of a second there are about, where the configuration tells: for estimates. */
  clips(config: Config): number | null;
  indexer(): Promise<{ readonly indexer: Indexer }>;
  /** Where recordings are made: how, and the npm packages that it reads at run time. */
  readonly maker?: { readonly packages: readonly string[]; load(): Promise<{ readonly maker: Maker }> };
}

export interface Report {
  progress(done: number, total: number, unit: string): void;
  note(level: "info" | "warning", message: string): void;
}

/**
 * @param inputs Name -> absolute path of a folder or file.
 * @throws {UserError} `bad-config`, `bad-dataset`, `bad-audio` or `bad-file`.
 */
export type Indexer = (
  settings: JsonObject,
  inputs: Readonly<Record<string, string>>,
  report: Report,
) => Promise<Omit<ExampleIndex, "format">>;

/** Writes recordings into a folder that does not exist yet. */
export type Maker = (settings: JsonObject, folder: string, report: Report) => Promise<void>;
