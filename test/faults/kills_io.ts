/** Processes killed (SIGKILL) at random moments of every stage. */
import { kill } from "node:process";
import type { Rng } from "../../lib/base/random.ts";
import type { RunEvent } from "../../pipeline/engine/types.ts";
import { linesOf } from "../../pipeline/engine/process/stage_output.ts";
import { type Outcome, outcome, type Tally } from "./tally.ts";
import { incompleteness, problemsOf, type Trial } from "./trial_io.ts";

export interface KillOptions {
  /** How many kills are wanted. */
  readonly kills: number;
  readonly rng: Rng;
  /** No further graph is begun after this moment, in milliseconds since 1970. */
  readonly until: number;
}

/** Who is killed: everything at once as when the machine loses power, the scheduler alone, a stage alone. */
const VICTIMS = ["all", "all", "engine", "stage"] as const;
type Victim = typeof VICTIMS[number];

/** A task is hit so often while it works, and once around its commit, before it may go on. */
const HITS_AT_WORK = 2;

/** Graph after graph, each killed at every stage until it is through. */
export async function killEverywhere(
  trials: readonly Trial[],
  options: KillOptions,
  tally: Tally,
): Promise<void> {
  let kills = 0;
  for (let graph = 0; kills < options.kills && Date.now() < options.until; graph++) {
    kills += await killOneGraph(trials[graph % trials.length]!, options.kills - kills, options, tally);
  }
}

/** @returns How many kills hit. */
async function killOneGraph(trial: Trial, most: number, options: KillOptions, tally: Tally): Promise<number> {
  const { rng } = options;
  const store = trial.freshStore();
  const hits = new Map<string, number>();
  let kills = 0;
  while (kills < most && Date.now() < options.until) {
    const victim = rng.pick(VICTIMS);
    const hit = await runAndKill(trial, store, victim, hits, rng);
    if (hit === undefined) break;
    kills++;
    tally.add(`${hit.split("/")[0]} killed`, await outcome(problemsOf(store, trial.undisturbed)));
  }
  tally.add("next run after kills", await completes(trial, store));
  return kills;
}

/** The run after a fault must end well, with the bytes of an undisturbed one. */
export async function completes(trial: Trial, store: string): Promise<Outcome> {
  const { code, stderr } = await trial.run(store);
  if (code !== 0) return { survived: false, trouble: `exit status ${code}: ${stderr.trim().slice(-300)}` };
  return await outcome(incompleteness(store, trial.undisturbed));
}

/** @returns The task that was hit; nothing if the run ended before. */
async function runAndKill(
  trial: Trial,
  store: string,
  victim: Victim,
  hits: Map<string, number>,
  rng: Rng,
): Promise<string | undefined> {
  const child = trial.start(store);
  const ended = child.status;
  void child.stderr.cancel();
  let hit: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const line of linesOf(child.stdout)) {
    if (!line.startsWith('{"type":"task-started"') || timer !== undefined) continue;
    const { task } = JSON.parse(line) as Extract<RunEvent, { type: "task-started" }>;
    const before = hits.get(task) ?? 0;
    if (before > HITS_AT_WORK) continue;
    const share = before < HITS_AT_WORK ? rng.uniform(0, 0.9) : rng.uniform(0.9, 1.4);
    timer = setTimeout(() => {
      if (strike(child.pid, victim)) hit = task;
    }, share * 1000 * trial.undisturbed.seconds.get(task)!);
    hits.set(task, before + 1);
  }
  await ended;
  clearTimeout(timer);
  return hit;
}

/** @returns Whether there was somebody to kill. */
function strike(engine: number, victim: Victim): boolean {
  try {
    if (victim === "all") kill(-engine, "SIGKILL");
    else if (victim === "engine") kill(engine, "SIGKILL");
    else {
      const stages = Deno.readTextFileSync(`/proc/${engine}/task/${engine}/children`).trim();
      if (stages === "") return false;
      kill(Number(stages.split(" ")[0]), "SIGKILL");
    }
    return true;
  } catch {
    return false; // it has ended by itself
  }
}
