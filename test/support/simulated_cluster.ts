/**
 * A Slurm without daemons, on a clock of its own: it takes what `sbatch` is told, lets jobs run as soon as what they wait
 * for has ended and a processor is free, first come first served, and never fails. What a submission of any size makes
 * of a cluster is seen in seconds.
 */
import type { SlurmClient, Submitted } from "../../pipeline/executors/slurm/client_io.ts";
import { type JobView, parseIndices } from "../../pipeline/executors/slurm/queue.ts";

export interface SimulatedOptions {
  /** Jobs that run at a time. */
  readonly slots: number;
  /** MaxArraySize. */
  readonly mostElements: number;
  /** Most jobs of a user, queued and running; an element of an array is one. */
  readonly limit?: number;
  /** How long a job runs. @param script The path that it was submitted with. */
  readonly seconds: (script: string, index: number) => number;
}

interface Job {
  /** `12`, or `12_3`. */
  readonly name: string;
  readonly seconds: number;
  /** Jobs that have to end first, as far as they have not. */
  readonly waitsFor: Set<string>;
  /** The other way round. */
  readonly waiting: Job[];
  endsAt: number;
}

export class SimulatedCluster {
  readonly client: SlurmClient;
  /** Seconds since the beginning. */
  now = 0;
  /** Seconds of all processors that ran something. */
  busy = 0;
  /** Calls of `sbatch`, and how many were refused for the limit. */
  calls = 0;
  refused = 0;
  /** Longest list of arguments, in characters. */
  longest = 0;
  readonly #options: SimulatedOptions;
  /** Neither ended nor forgotten. */
  readonly #open = new Map<string, Job>();
  readonly #elements = new Map<string, readonly string[]>();
  readonly #ready: Job[] = [];
  #running: Job[] = [];
  #number = 0;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    const never = () => Promise.reject(new Error("A simulated cluster cannot be asked for that"));
    this.client = {
      mostElements: () => Promise.resolve(options.mostElements),
      submit: (args) => Promise.resolve(this.#submit(args)),
      find: () => Promise.resolve(undefined),
      query: () => Promise.resolve(new Map([...this.#open.values()].map((job) => [job.name, viewOf(job)]))),
      cancel: never,
      requeue: never,
    };
  }

  /** Jobs that are queued or run. */
  get open(): number {
    return this.#open.size;
  }

  /** Lets time pass until some job ends. @returns The names of the jobs that end then; none if nothing runs. */
  advance(): readonly string[] {
    this.#start();
    const next = this.#running.reduce((first, { endsAt }) => Math.min(first, endsAt), Infinity);
    if (next === Infinity) return [];
    this.now = next;
    const ending = this.#running.filter(({ endsAt }) => endsAt === next);
    this.#running = this.#running.filter(({ endsAt }) => endsAt !== next);
    for (const job of ending) {
      this.#open.delete(job.name);
      this.busy += job.seconds;
      for (const other of job.waiting) {
        other.waitsFor.delete(job.name);
        if (other.waitsFor.size === 0) this.#ready.push(other);
      }
    }
    return ending.map(({ name }) => name);
  }

  #start(): void {
    while (this.#running.length < this.#options.slots) {
      const job = this.#ready.shift();
      if (job === undefined) return;
      job.endsAt = this.now + job.seconds;
      this.#running.push(job);
    }
  }

  #submit(args: readonly string[]): Submitted {
    this.calls++;
    this.longest = Math.max(this.longest, args.join(" ").length);
    const array = valueOf(args, "array");
    const indices = array === undefined ? [undefined] : parseIndices(array);
    if (this.#open.size + indices.length > (this.#options.limit ?? Infinity)) {
      this.refused++;
      return { kind: "full", said: "AssocMaxSubmitJobLimit" };
    }
    const number = `${++this.#number}`;
    const names = indices.map((index) => index === undefined ? number : `${number}_${index}`);
    this.#elements.set(number, names);
    for (const [i, name] of names.entries()) {
      const index = indices[i];
      const job: Job = {
        name,
        seconds: this.#options.seconds(args.at(-1)!, index ?? 0),
        waitsFor: new Set(this.#waits(valueOf(args, "dependency"), index)),
        waiting: [],
        endsAt: Infinity,
      };
      for (const other of job.waitsFor) this.#open.get(other)!.waiting.push(job);
      this.#open.set(name, job);
      if (job.waitsFor.size === 0) this.#ready.push(job);
    }
    return { kind: "job", job: number };
  }

  /** Open jobs of `afterok:1:2_3,aftercorr:4`. */
  #waits(dependency: string | undefined, index: number | undefined): readonly string[] {
    const names = (dependency ?? "").split(",").filter(Boolean).flatMap((text) => {
      const [kind, ...jobs] = text.split(":");
      if (kind === "aftercorr") return jobs.map((job) => `${job}_${index}`);
      return jobs.flatMap((job) => job.includes("_") ? [job] : this.#elements.get(job) ?? []);
    });
    return names.filter((name) => this.#open.has(name));
  }
}

function valueOf(args: readonly string[], option: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${option}=`))?.slice(option.length + 3);
}

function viewOf({ name, endsAt }: Job): JobView {
  const running = endsAt !== Infinity;
  return {
    job: name,
    phase: running ? "running" : "queued",
    state: running ? "RUNNING" : "PENDING",
    reason: "",
    nodes: running ? "n1" : "",
  };
}
