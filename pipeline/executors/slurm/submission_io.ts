/**
 * Submissions, each a folder of the store: what was asked for when (frozen), which job does which task, what the
 * jobs print and report. A job reads nothing else of the project, so later edits do not reach it.
 */
import { printable } from "../../../lib/base/printable.ts";
import { exists, writeAll, writeAtomically } from "../../engine/store/atomic_io.ts";
import { fileSafe } from "../../engine/store/layout.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { ContentDigest, TaskGraph } from "../../engine/types.ts";
import type { GroupMember, JobRef } from "./job_plan.ts";
import type { JobView } from "./queue.ts";
import type { SlurmSettings } from "./settings.ts";

/** What was asked for. */
export interface Manifest {
  readonly format: 1;
  /** ISO 8601. */
  readonly submittedAt: string;
  /** Folder with the project's code as it was at submission. */
  readonly codeRoot: string;
  readonly graph: TaskGraph;
  /** Path of each external input -> its content at submission. */
  readonly externals: Readonly<Record<string, ContentDigest>>;
  /** Names of the tasks that run although they are done. */
  readonly forced: readonly string[];
  readonly maxRequeues: number;
  /** Before its time limit a job is warned. */
  readonly warnSeconds: number;
}

/** What the jobs of one call of `sbatch` read: of the graph only their own part, as each of them reads all of it. */
export interface GroupRecord extends Manifest {
  readonly members: readonly GroupMember[];
  /** Time limit; null: the cluster's. */
  readonly seconds: number | null;
}

/** Which job does a task. */
export interface TaskJob extends JobRef {
  readonly task: string;
  readonly stage: string;
  readonly recipe: string;
}

export interface Submission {
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
}

const FOLDER = "submissions";
/** Folder of the store with copies of the project's code. */
export const SNAPSHOTS = "snapshots";
/** What is being made is younger. */
const HOUR_MS = 60 * 60 * 1000;

/** Newest first. */
export function listSubmissions(store: Store): readonly Submission[] {
  return namesIn(store.folder(FOLDER)).sort().reverse().map((id) => ({
    id,
    folder: `${store.folder(FOLDER)}/${id}`,
  }));
}

export function createSubmission(store: Store, manifest: Manifest): Submission {
  const time = manifest.submittedAt.replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const id = `${time}-${crypto.randomUUID().slice(0, 8)}`;
  const folder = `${store.folder(FOLDER)}/${id}`;
  for (const name of ["groups", "scripts", "logs", "events", "restarts"]) {
    Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
  }
  writeAtomically(`${folder}/manifest.json`, JSON.stringify(manifest), { sync: true });
  return { id, folder };
}

export function readManifest(folder: string): Manifest {
  const manifest = JSON.parse(Deno.readTextFileSync(`${folder}/manifest.json`)) as Manifest;
  if (manifest.format !== 1) {
    throw new Error(`Cannot use ${folder}/manifest.json: found format ${manifest.format}, wanted 1`);
  }
  return manifest;
}

export function writeGroup({ folder }: Submission, name: string, group: GroupRecord): void {
  writeAtomically(`${folder}/groups/${name}.json`, JSON.stringify(group), { sync: false });
}

export function readGroup(folder: string, name: string): GroupRecord {
  return JSON.parse(Deno.readTextFileSync(`${folder}/groups/${name}.json`)) as GroupRecord;
}

/** Keeps what jobs ask for; setup and options may hold what is nobody else's business, as in the scripts. */
export function writeSettings(submission: Submission, settings: SlurmSettings): void {
  const text = JSON.stringify(settings);
  writeAtomically(settingsPath(submission), text, { sync: false, mode: 0o600 });
}

/** What jobs were submitted with; nothing where that is not known, another user's, or was cut off by a crash. */
export function readSettings(submission: Submission): SlurmSettings | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(settingsPath(submission))) as SlurmSettings;
  } catch (error) {
    const { NotFound, PermissionDenied } = Deno.errors;
    const isUnknown = error instanceof NotFound || error instanceof PermissionDenied ||
      error instanceof SyntaxError;
    if (isUnknown) return undefined;
    throw error;
  }
}

function settingsPath({ folder }: Submission): string {
  return `${folder}/settings.json`;
}

/** Notes down what was submitted; a submission that is cut off knows what it got as far as. */
export function addJobs(submission: Submission, jobs: readonly TaskJob[]): void {
  using file = Deno.openSync(`${submission.folder}/jobs.jsonl`, { append: true, create: true });
  writeAll(file, new TextEncoder().encode(jobs.map((job) => `${JSON.stringify(job)}\n`).join("")));
}

export function readJobs(submission: Submission): readonly TaskJob[] {
  return linesOf(`${submission.folder}/jobs.jsonl`) as TaskJob[];
}

/** Jobs that had ended when last looked at: Slurm forgets them after a while. By `12` or `12_3`. */
export function readEnded(submission: Submission): ReadonlyMap<string, JobView> {
  const views = linesOf(`${submission.folder}/ended.jsonl`) as JobView[];
  return new Map(views.map((view) => [view.job, view]));
}

export function addEnded(submission: Submission, views: readonly JobView[]): void {
  if (views.length === 0) return;
  using file = Deno.openSync(`${submission.folder}/ended.jsonl`, { append: true, create: true });
  writeAll(file, new TextEncoder().encode(views.map((view) => `${JSON.stringify(view)}\n`).join("")));
}

/** Where a task's job prints to, by the task's name. */
export function jobLogPath(submission: Submission, task: string): string {
  return `${submission.folder}/logs/${fileSafe(task)}.log`;
}

/**
 * What a job could not say itself, as the last line of what it printed.
 *
 * @returns The log, relative to the store's root; empty if it cannot be written to.
 */
export function addToLog(submission: Submission, task: string, text: string): string {
  const path = jobLogPath(submission, task);
  try {
    using file = Deno.openSync(path, { append: true, create: true });
    writeAll(file, new TextEncoder().encode(`${new Date().toISOString()}  ${printable(text)}\n`));
  } catch {
    return ""; // a full disk, another user's job: the text is told all the same
  }
  return logName(submission, task);
}

/** Printed lines that a failure quotes, and the bytes in which they are looked for. */
const [TAIL_LINES, TAIL_BYTES] = [20, 16_384];

/** The last lines that a task's job printed; none if it printed nothing. */
export function lastPrinted(submission: Submission, task: string): readonly string[] {
  try {
    using file = Deno.openSync(jobLogPath(submission, task), { read: true });
    const { size } = file.statSync();
    file.seekSync(Math.max(0, size - TAIL_BYTES), Deno.SeekMode.Start);
    const bytes = new Uint8Array(TAIL_BYTES);
    const text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
    return text.split("\n").filter((line) => line.trim() !== "").slice(-TAIL_LINES);
  } catch {
    return []; // another user's job, or one that never began
  }
}

/** A job's log, relative to the store's root. */
export function logName({ id }: Pick<Submission, "id">, task: string): string {
  return jobLogPath({ folder: `${FOLDER}/${id}`, id }, task);
}

/** Where a task's job reports events, one JSON value a line. */
export function eventsPath(folder: string, task: string): string {
  return `${folder}/events/${fileSafe(task)}.jsonl`;
}

/** Where a task's job notes down how often it was started. */
export function restartsPath(folder: string, task: string): string {
  return `${folder}/restarts/${fileSafe(task)}.json`;
}

/** What was asked of `sbatch` and not answered. */
export function askedPath({ folder }: Submission): string {
  return `${folder}/asked.json`;
}

/** Whether all its jobs are known to have ended; one without jobs may be being made. */
export function allEnded(submission: Submission): boolean {
  if (exists(askedPath(submission))) return false;
  const ended = readEnded(submission);
  return readJobs(submission).every(({ job, index }) => ended.has(index === null ? job : `${job}_${index}`));
}

/**
 * Submissions all of whose jobs have ended and that are older than `keepMs`, and copies of code that no other
 * submission uses; relative to the store's root.
 */
export function oldSubmissions(store: Store, keepMs: number): readonly string[] {
  const now = store.now();
  const age = (path: string): number => now - (Deno.statSync(path).mtime?.getTime() ?? 0);
  const isOver = (submission: Submission): boolean =>
    allEnded(submission) && age(submission.folder) >= Math.max(keepMs, HOUR_MS);
  const [old, kept] = [new Set<string>(), new Set<string>()];
  for (const submission of listSubmissions(store)) {
    if (isOver(submission)) old.add(`${FOLDER}/${submission.id}`);
    else if (exists(`${submission.folder}/manifest.json`)) kept.add(readManifest(submission.folder).codeRoot);
  }
  const snapshots = namesIn(store.folder(SNAPSHOTS)).map((name) => `${SNAPSHOTS}/${name}`)
    .filter((name) => !kept.has(store.folder(name)) && age(store.folder(name)) >= HOUR_MS);
  return [...old, ...snapshots];
}

/** Whole lines only: the last one may be being written. Absent is empty. */
function linesOf(path: string): readonly unknown[] {
  try {
    const text = Deno.readTextFileSync(path);
    return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter(Boolean).map((line) =>
      JSON.parse(line)
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
