/** What a data set is: where its recordings come from, and how a split of it is indexed. Pure. */
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { ExampleIndex, SplitName } from "../records/example_index.ts";
import type { CorruptConfig } from "./corruption/schema.ts";

/** A data set in its file form: its group of the configuration. */
export type DataSpec = JsonObject & {
  readonly kind: string;
  readonly sample_rate: number;
  /** What is changed about its recordings; absent: nothing can be. */
  readonly corrupt?: CorruptConfig;
  /** A list of examples that it goes without; null: all are used; absent: it knows no such list. */
  readonly exclude?: string | null;
};

/** Where a file or folder comes from. */
export type Origin =
  /** The user's own. @property path One of the kind's {@link DataKind.paths}. */
  | { readonly from: "user"; readonly path: string }
  /** A published archive, by its name in `data/sources.json`, unpacked. @property mirror URL that is asked first. */
  | { readonly from: "archive"; readonly name: string; readonly mirror: string | null }
  /** Made by the kind's {@link Maker} from these settings. */
  | { readonly from: "maker"; readonly settings: JsonObject }
  /** The index of another split, for what only that split decides, such as the classes of words. */
  | { readonly from: "index"; readonly split: SplitName };

/** By the name under which an index knows them. */
export type Origins = Readonly<Record<string, Origin>>;

/** Classes of the checkpoint that is to be evaluated: nothing else decides them, and a split may lack some. Null: to train. */
export type Evaluated = readonly string[] | null;

export interface DataKind<Config extends DataSpec = DataSpec> {
  /** Of `conf/dataset/<name>.yaml`, in snake_case, with a literal `kind`. */
  readonly schema: z.ZodType<Config>;
  /** Name of the task that it is for: a kind of `tasks/kinds.ts`. */
  readonly task: string;
  /** Whether it comes with the project: results are not named after it. */
  readonly builtIn: boolean;
  /** What tables and tasks call it: the folder's own name where it is a folder. */
  name(config: Config): string;
  /** What names of runs and tasks tell besides, by key: `{ output: "word" }`; null: the usual, which goes without saying. */
  variant(config: Config): Readonly<Record<string, string | null>>;
  /** Paths are below the data set's group: `["split", "validation_percent"]`. */
  check(config: Config): readonly Problem[];
  /** Names of its values that are paths of the user's files and folders. */
  readonly paths: readonly string[];
  /** Names of its values that say how it is fetched and nothing of what it is, as the address of a copy; absent: none. */
  readonly routes?: readonly string[];
  /** Samples of every clip; null: examples are as long as they are. */
  clipSamples(config: Config): number | null;
  /** Folders with the recordings of a split: what its index and its features read. */
  recordings(config: Config, split: SplitName): Origins;
  /** What only the index reads besides. */
  references(config: Config, split: SplitName, evaluated: Evaluated): Origins;
  /** All that decides how a split is indexed and nothing else. */
  indexSettings(config: Config, evaluated: Evaluated): JsonObject;
  /** The configuration with which a checkpoint of these classes can be evaluated on this data set. */
  withClasses(config: Config, classes: readonly string[]): Config;
  /** The classes that its examples have, in their order, where the configuration alone decides them. */
  classes?(config: Config): readonly string[];
  /** With which clips of silence are cut from its background recordings; absent: it has none. */
  background?(
    config: Config,
    evaluated: Evaluated,
  ): { readonly config: Config; readonly evaluated: Evaluated };
  /**
   * What streams for its networks are made with, where the configuration decides that: words that are listened for, and
   * built-in voices that training hears, as `voice_variant.ts` names them.
   */
  streams?(config: Config): { readonly words: readonly string[]; readonly heard: readonly string[] };
  /** How many examples there are about in all splits, where the configuration tells: for estimates. */
  examples(config: Config): number | null;
  indexer(): Promise<{ readonly indexer: Indexer; readonly otherNames?: OtherNames }>;
  /** Where recordings are made: how, and the npm packages that it reads at run time. */
  readonly maker?: { readonly packages: readonly string[]; load(): Promise<{ readonly maker: Maker }> };
}

/** How work that takes a while tells of itself; a stage's view of the engine is one. */
export interface Report {
  progress(progress: { readonly done: number; readonly total: number; readonly unit: string }): void;
  note(level: "info" | "warning", message: string): void;
}

export interface IndexRequest {
  readonly split: SplitName;
  readonly settings: JsonObject;
  /** Absolute path of each of the kind's recordings and references, by name. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** @throws {UserError} `bad-config`, `bad-dataset`, `bad-audio` or `bad-file`. */
export type Indexer = (request: IndexRequest, report: Report) => Promise<ExampleIndex>;

/** Names of examples or recordings of all splits: to tell a wrong name from another split's. Absent where a split's recordings are apart. */
export type OtherNames = (request: IndexRequest) => ReadonlySet<string>;

/**
 * Writes recordings into a folder that does not exist yet: the same bytes on any number of threads.
 *
 * @throws {UserError} `bad-config` or `bad-dataset`.
 */
export type Maker = (settings: JsonObject, folder: string, report: Report, threads: number) => Promise<void>;
