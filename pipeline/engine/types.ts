/**
 * Vocabulary of the task graph: what a task is, what is recorded of it, what happens while it runs. No logic.
 *
 * A task is one stage with one slice of the configuration. It reads named inputs (outputs of other tasks, or
 * folders of the user), and writes named outputs, each a file or a folder, into a staging folder; the engine moves
 * them into a content-addressed store. The engine knows nothing of what stages compute.
 */
import type { Environment, FactDifference } from "../../lib/base/environment.ts";
import type { FailureReason } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";

/** Raised when the layout of keys, receipts or the store changes; part of every key. */
export const ENGINE_FORMAT = 3;

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };
/** SHA-256 over what decides a task's result; names its receipt, lock and partial folder. */
export type TaskKey = Branded<"TaskKey">;
/** SHA-256 of a file's bytes, or of a folder's sorted list of (path, size, digest). */
export type ContentDigest = Branded<"ContentDigest">;

/** Where an input comes from. */
export type InputSource =
  | { readonly kind: "task"; readonly task: string; readonly output: string }
  | { readonly kind: "external"; readonly path: string };

/** What a task's process may do besides reading its inputs and the code and writing its staging folder. */
export interface TaskPermissions {
  /** Hosts that may be reached, as Deno's --allow-net takes them. */
  readonly net: readonly string[];
  /** Environment variables that may be read. */
  readonly env: readonly string[];
  /** npm packages (bare names as in deno.json) whose files may be read at run time. */
  readonly packages: readonly string[];
  /** Lock file of packages that few stages need, relative to the project's root; absent: `deno.lock` has them all. */
  readonly lock?: string;
  /** Absolute paths of files and folders that may be read besides the inputs; they may be absent. */
  readonly read?: readonly string[];
}

export interface TaskResources {
  /** Most threads the task can use; it is told how many it got. */
  readonly threads: number;
  /** It waits until so many are free, or all there are, and lets others pass meanwhile; 1 if absent. */
  readonly leastThreads?: number;
  /** How many of the machine's accelerators it needs for itself. */
  readonly gpu: number;
}

/** How a task is the continuation of others, as a training of 20 epochs is of one of 10. */
export interface GoesOn {
  /** What the slices of all these tasks have in common. */
  readonly shared: Json;
  /** The output to go on from; a task that was stopped has a file of this name in its partial folder. */
  readonly output: string;
  /** Those of the graph that had better end before this one begins, whether well or not. */
  readonly after?: readonly string[];
}

export interface TaskSpec {
  /** Unique in the graph, readable, shell-safe: `train/linear-D-mel40-seed0`. Also the task's identity over time. */
  readonly name: string;
  readonly stage: string;
  /** How its name begins, up to a hyphen, and those of tasks like it: where it never ran, it is told apart from these. */
  readonly alike?: string;
  /** The stage's module, relative to the project's root; run as a process's main module. */
  readonly module: string;
  /**
   * Modules of the kinds that it uses, relative to the root: of the lists of kinds that the stage reaches (files named
   * `kinds.ts`), only these are in the key. Without, all of a list is.
   */
  readonly kinds?: readonly string[];
  /** All of the configuration that the task sees. */
  readonly slice: Json;
  readonly inputs: Readonly<Record<string, InputSource>>;
  /** Names of the files or folders the task must write, such as `best.safetensors` or `audio`. */
  readonly outputs: readonly string[];
  /** What others left that are alike and go less far spares it work, and changes nothing of what it makes; not in the key. */
  readonly goesOn?: GoesOn;
  readonly resources: TaskResources;
  readonly permissions: TaskPermissions;
  /** Options for V8 that change how fast the stage is and nothing that it computes; not in the key. */
  readonly v8Flags?: readonly string[];
  /**
   * SHA-256 that each output must have, where it is known beforehand, as of a published archive. No code could give
   * another result, so there is none in the key.
   */
  readonly wanted?: Readonly<Record<string, string>>;
  /** How the stage gets at what it makes, such as addresses; told to it but not in the key: only with `wanted`. */
  readonly route?: Json;
}

/** Tasks in any order; every input names a task in the graph. */
export interface TaskGraph {
  readonly tasks: readonly TaskSpec[];
}

/** Name of a top-level declaration -> first digits of the digest of its tokens. */
export type Declarations = Readonly<Record<string, string>>;

/** What the code of a stage consists of: sources by content, npm packages by locked version. */
export interface CodeManifest {
  /** SHA-256 of files and packages; stands for them in keys and receipts. */
  readonly digest: string;
  /** Path relative to the project's root -> SHA-256 of a source's tokens, or of another file's bytes. */
  readonly files: Readonly<Record<string, string>>;
  /** `name@version` -> integrity from the lock file, for all packages reached. */
  readonly packages: Readonly<Record<string, string>>;
  /** Path of a source -> what it declares; to tell what changed in it. */
  readonly declarations: Readonly<Record<string, Declarations>>;
}

/** Everything that decides a task's key, kept readable so that two can be compared field by field. */
export interface Fingerprint {
  readonly format: number;
  readonly stage: string;
  readonly code: CodeManifest;
  readonly slice: Json;
  readonly inputs: Readonly<Record<string, ContentDigest>>;
}

export interface StoredOutput {
  readonly kind: "file" | "tree";
  readonly digest: ContentDigest;
  readonly bytes: number;
  /** Number of files: 1 for a file. */
  readonly files: number;
}

/** The record that a task is done. Renaming it into place is the commit. On disk only the digest stands for the code. */
export interface Receipt {
  readonly format: number;
  readonly key: TaskKey;
  readonly task: string;
  readonly fingerprint: Fingerprint;
  readonly outputs: Readonly<Record<string, StoredOutput>>;
  /** Provenance that does not enter any key. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly attempts: number;
  readonly host: string;
  readonly deno: string;
  readonly log: string;
  /**
   * Where it was made. Not in the key, so that machines share results: made elsewhere they are as right as made here, to
   * the last bits. Absent where it is not known, and where no environment could give another result.
   */
  readonly environment?: Environment;
  /** Options for V8 that it was made with: they change nothing of it. */
  readonly v8Flags?: readonly string[];
}

/** Where a task's input came from: provenance for people, never part of a result's identity. */
export interface InputOrigin extends Pick<Receipt, "task" | "key" | "startedAt" | "seconds" | "deno"> {
  /** Digest of the code that made it. */
  readonly code: string;
  readonly slice: Json;
  readonly inputs: Readonly<Record<string, ContentDigest>>;
}

/** A forced rerun gave other bytes than the receipt says. The receipt stays; this is kept beside it. */
export interface DriftRecord {
  readonly format: number;
  readonly key: TaskKey;
  readonly task: string;
  readonly foundAt: string;
  readonly recorded: Readonly<Record<string, StoredOutput>>;
  readonly found: Readonly<Record<string, StoredOutput>>;
  readonly log: string;
}

export interface FailureRecord {
  readonly format: number;
  readonly key: TaskKey;
  readonly task: string;
  readonly reason: FailureReason;
  readonly message: string;
  readonly failedAt: string;
  readonly log: string;
  readonly logTail: readonly string[];
}

/** One difference between two fingerprints, for people: `slice.trainer.epochs`, `code.files.lib/x.ts`. */
export interface FieldChange {
  readonly field: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What planning found out about a task without running anything. */
export type TaskState =
  | { readonly kind: "fresh"; readonly key: TaskKey; readonly receipt: Receipt }
  | {
    readonly kind: "stale";
    readonly key: TaskKey;
    readonly fingerprint: Fingerprint;
    /** Against the last time it was done; `undefined`: it has never been done, under any key. */
    readonly changes: readonly FieldChange[] | undefined;
    readonly forced: boolean;
    /** Of a forced task that is done already: other bytes never replace it, so its dependents can be planned. */
    readonly receipt?: Receipt;
  }
  /** An input's content is not known before the tasks named here have run. */
  | {
    readonly kind: "pending";
    readonly waitsFor: readonly string[];
    /** What differs already, whatever the unknown inputs will be; `undefined`: it has never been done. */
    readonly changes: readonly FieldChange[] | undefined;
    readonly forced: boolean;
  };

/** Progress as a stage reports it. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted: "clips", "epochs", ... */
  readonly unit: string;
  /** Figures worth seeing now, such as loss; already rounded for reading. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** What happens during a run, in order. `--json` prints these, one a line. */
export type RunEvent =
  | {
    readonly type: "planned";
    readonly total: number;
    readonly fresh: number;
    readonly stale: number;
    readonly pending: number;
  }
  | {
    readonly type: "submitted";
    readonly tasks: number;
    /** How many jobs or arrays of jobs these are. */
    readonly jobs: number;
    /** Tasks that were queued or running already. */
    readonly queued: number;
    /** Where the submission's scripts and logs are; empty if there was nothing to submit. */
    readonly folder: string;
  }
  /** @property job `12`, or `12_3` for an element of an array. */
  | { readonly type: "task-queued"; readonly task: string; readonly job: string }
  | { readonly type: "task-fresh"; readonly task: string; readonly key: TaskKey }
  | { readonly type: "task-waiting"; readonly task: string; readonly key: TaskKey; readonly owner: string }
  | {
    readonly type: "task-started";
    readonly task: string;
    readonly key: TaskKey;
    readonly reason: string;
    readonly threads: number;
  }
  | { readonly type: "task-progress"; readonly task: string; readonly progress: Progress }
  | {
    readonly type: "task-note";
    readonly task: string;
    readonly level: "info" | "warning";
    readonly message: string;
  }
  | {
    readonly type: "task-done";
    readonly task: string;
    readonly key: TaskKey;
    readonly seconds: number;
    readonly drift: boolean;
  }
  | {
    readonly type: "task-failed";
    readonly task: string;
    readonly key: TaskKey;
    readonly failure: FailureRecord;
  }
  | { readonly type: "task-blocked"; readonly task: string; readonly by: string }
  | { readonly type: "task-cancelled"; readonly task: string }
  /** Some of what was found fresh was made where other bytes may come out than here. At most once. */
  | ({ readonly type: "made-elsewhere" } & MadeElsewhere)
  | { readonly type: "finished"; readonly summary: RunSummary };

/** Results from other environments than this one. */
export interface MadeElsewhere {
  readonly results: number;
  /** @property results How many of them it is true of. */
  readonly differences: readonly (FactDifference & { readonly results: number })[];
  /** Patterns that mean all of them, as `--force` takes them. */
  readonly force: readonly string[];
}

export interface RunSummary {
  readonly fresh: number;
  readonly ran: number;
  readonly failed: number;
  readonly blocked: number;
  readonly cancelled: number;
  /** Left to a cluster, where nobody waited for it. */
  readonly queued?: number;
  readonly seconds: number;
}
