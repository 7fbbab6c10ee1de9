/**
 * Which configuration is trained next and how far: random or TPE configurations, asynchronous successive halving.
 *
 * Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht and Talwalkar 2020, "A System for Massively Parallel Hyperparameter
 * Tuning" (ASHA, the form that promotes). Decisions are made by a clock of their own: a training takes as long as it has
 * epochs, so many are under way at a time, and what is decided at a moment sees what has ended by then on that clock.
 * So they follow from the seed and the scores alone, in whatever order trainings end and however often a search is
 * stopped: who begins again with the same scores comes to the same decisions. Pure but for what it is given.
 */
import { Rng } from "../base/random.ts";
import { drawUnseen, drawValues, identityOf, type Space, type Values } from "./space.ts";
import { suggest } from "./tpe.ts";

/** How configurations are drawn. */
export const SAMPLERS = ["tpe", "random"] as const;

export interface StudyPlan {
  readonly space: Space;
  readonly sampler: (typeof SAMPLERS)[number];
  readonly seed: number;
  /** Most configurations. */
  readonly trials: number;
  /** Most epochs of all trainings together. */
  readonly budget: number;
  /** Epochs after which trainings are compared, ascending; the last is the longest training. One: none is cut short. */
  readonly rungs: readonly number[];
  /** One of so many goes on to the next rung. */
  readonly reduction: number;
  /** Trainings under way at a time, on the search's own clock. */
  readonly parallel: number;
  readonly lowerIsBetter: boolean;
}

/** A training to bring to a rung. */
export interface Job {
  /** From 1. */
  readonly trial: number;
  readonly values: Values;
  /** To train to the end of this one. */
  readonly epochs: number;
  /** Epochs that are trained for it: it goes on from the rung where it is. */
  readonly cost: number;
}

export type Outcome =
  | { readonly kind: "score"; readonly score: number }
  /** It cannot be trained so, and not if it were tried again either: worse than any score. */
  | { readonly kind: "failed"; readonly cause: string };

/** What the study asks for. */
export interface StudyHost {
  /** Before anything of a configuration is trained: why it cannot be; undefined: it can. */
  refuse(values: Values): Promise<string | undefined>;
  /** `stopped`: nothing is known, and nothing more is to be decided. */
  train(job: Job): Promise<Outcome | "stopped">;
  /** Hears of each decision as it is made, in their order. */
  readonly onDecision?: (decision: Decision) => void;
}

export interface Decision extends Job {
  /** `finish`: to the end, though the rung was too small to promote anybody: somebody has to get there. */
  readonly why: "start" | "promote" | "finish";
}

export interface Trial {
  readonly number: number;
  readonly values: Values;
  /** Scores by rung, ascending. */
  readonly scores: readonly { readonly epochs: number; readonly score: number }[];
  /** Why it went no further, if it could not. */
  readonly failure: string | null;
}

export interface StudyResult {
  /** In the order of their numbers. */
  readonly trials: readonly Trial[];
  readonly decisions: readonly Decision[];
  /** Epochs of all trainings. */
  readonly spent: number;
  /** `space`: there is no further configuration. `complete`: all trials were made and nothing more is to be promoted. */
  readonly ended: "complete" | "budget" | "space" | "stopped";
}

/** Runs a study to its end. */
export async function runStudy(plan: StudyPlan, host: StudyHost): Promise<StudyResult> {
  const study = new Study(plan, host);
  const running: {
    readonly job: Job;
    readonly endsAt: number;
    readonly outcome: ReturnType<StudyHost["train"]>;
  }[] = [];
  let now = 0;
  for (;;) {
    while (running.length < plan.parallel) {
      const job = await study.next();
      if (job === undefined) break;
      running.push({ job, endsAt: now + job.cost, outcome: host.train(job) });
    }
    // Of those that end at the same moment the one that began first: they stand in that order.
    const first = running.reduce((a, b) => b.endsAt < a.endsAt ? b : a, running[0]!);
    if (first === undefined) return study.result();
    const outcome = await first.outcome;
    if (outcome === "stopped") return study.result("stopped");
    running.splice(running.indexOf(first), 1);
    now = first.endsAt;
    study.report(first.job, outcome);
  }
}

/** The best first: those that came further, of these the better. @returns Those with a score. */
export function rankTrials(trials: readonly Trial[], lowerIsBetter: boolean): Trial[] {
  const sign = lowerIsBetter ? 1 : -1;
  return trials.filter(({ scores }) => scores.length > 0).toSorted((a, b) => {
    const [last, other] = [a.scores.at(-1)!, b.scores.at(-1)!];
    return Number(a.failure !== null) - Number(b.failure !== null) || other.epochs - last.epochs ||
      sign * (last.score - other.score) || a.number - b.number;
  });
}

interface OpenTrial extends Trial {
  readonly scores: { readonly epochs: number; readonly score: number }[];
  failure: string | null;
  /** Epochs that it was last sent to; 0: none. */
  sent: number;
}

class Study {
  readonly #plan: StudyPlan;
  readonly #host: StudyHost;
  readonly #trials: OpenTrial[] = [];
  readonly #decisions: Decision[] = [];
  readonly #seen = new Set<string>();
  #spent = 0;
  #exhausted = false;
  #overBudget = false;

  constructor(plan: StudyPlan, host: StudyHost) {
    this.#plan = plan;
    this.#host = host;
  }

  /** @returns Undefined: nothing can be decided before something ends, or ever. */
  async next(): Promise<Job | undefined> {
    return this.#promote() ?? await this.#start() ?? await this.#finish();
  }

  report({ trial, epochs }: Job, outcome: Outcome): void {
    const open = this.#trials[trial - 1]!;
    if (outcome.kind === "failed") open.failure = outcome.cause;
    else if (Number.isFinite(outcome.score)) open.scores.push({ epochs, score: outcome.score });
    else open.failure = `The score after ${epochs} epochs is ${outcome.score}.`;
  }

  result(ended?: "stopped"): StudyResult {
    return {
      trials: this.#trials.map(({ number, values, scores, failure }) => ({
        number,
        values,
        scores,
        failure,
      })),
      decisions: this.#decisions,
      spent: this.#spent,
      ended: ended ?? (this.#overBudget ? "budget" : this.#exhausted ? "space" : "complete"),
    };
  }

  get #top(): number {
    return this.#plan.rungs.at(-1)!;
  }

  /** From the highest rung down: of those that reached it, one of `reduction` goes on, the best first. */
  #promote(): Job | undefined {
    const { rungs, reduction, lowerIsBetter } = this.#plan;
    for (let rung = rungs.length - 2; rung >= 0; rung--) {
      const [from, to] = [rungs[rung]!, rungs[rung + 1]!];
      const here = this.#trials.filter((trial) => reached(trial, from));
      const scored = here.filter((trial) => scoreAt(trial, from) !== undefined).toSorted((a, b) =>
        (lowerIsBetter ? 1 : -1) * (scoreAt(a, from)! - scoreAt(b, from)!) || a.number - b.number
      );
      const best = scored.slice(0, Math.floor(here.length / reduction))
        .find((trial) => trial.sent === from && trial.failure === null);
      if (best !== undefined && this.#affords(from, to)) return this.#send(best, to, "promote");
    }
    return undefined;
  }

  async #start(): Promise<Job | undefined> {
    while (this.#trials.length < this.#plan.trials && !this.#exhausted) {
      const [lowest] = this.#plan.rungs;
      if (!this.#affords(0, lowest!)) return undefined;
      const trial = await this.#draw();
      if (trial?.failure === null) return this.#send(trial, lowest!, "start");
    }
    return undefined;
  }

  /** Small studies promote nobody to the top: when nothing else is left to do, the best goes there. */
  async #finish(): Promise<Job | undefined> {
    if (this.#trials.some((trial) => isUnderWay(trial) || scoreAt(trial, this.#top) !== undefined)) {
      return undefined;
    }
    const [best] = rankTrials(this.#trials, this.#plan.lowerIsBetter).filter(({ failure }) =>
      failure === null
    );
    const trial = best === undefined ? await this.#firstThatFits() : this.#trials[best.number - 1]!;
    if (trial === undefined || !this.#fits(this.#top - trial.sent)) return undefined;
    return this.#send(trial, this.#top, "finish");
  }

  /** Where the budget is too small for anything but one training to the end. */
  async #firstThatFits(): Promise<OpenTrial | undefined> {
    while (this.#trials.length < this.#plan.trials && !this.#exhausted && this.#fits(this.#top)) {
      const trial = await this.#draw();
      if (trial?.failure === null) return trial;
    }
    return undefined;
  }

  /** The next trial; undefined: there is no further configuration. */
  async #draw(): Promise<OpenTrial | undefined> {
    const number = this.#trials.length + 1;
    const values = this.#sample(number);
    if (values === undefined) {
      this.#exhausted = true;
      return undefined;
    }
    this.#seen.add(identityOf(values));
    const failure = await this.#host.refuse(values) ?? null;
    const trial: OpenTrial = { number, values, scores: [], failure, sent: 0 };
    this.#trials.push(trial);
    return trial;
  }

  /** A generator for each trial, whoever asks: the same number of the same study draws the same. */
  #sample(number: number): Values | undefined {
    const { space, sampler, seed, lowerIsBetter } = this.#plan;
    const rng = Rng.fromSeed(seed).fork("search").fork(number);
    const ranked = rankTrials(this.#trials, lowerIsBetter);
    const hopeless = this.#trials.filter(({ scores, failure }) => scores.length === 0 && failure !== null);
    const known = [...ranked, ...hopeless].map(({ values }) => values);
    const pending = this.#trials.filter(({ scores, failure }) => scores.length === 0 && failure === null)
      .map(({ values }) => values);
    const draw = sampler === "random" || ranked.length < RANDOM_FIRST
      ? () => drawValues(space, rng)
      : () => suggest(space, known, pending, rng);
    return drawUnseen(space, draw, this.#seen, rng);
  }

  #send(trial: OpenTrial, epochs: number, why: Decision["why"]): Job {
    const job: Job = { trial: trial.number, values: trial.values, epochs, cost: epochs - trial.sent };
    this.#spent += job.cost;
    trial.sent = epochs;
    const decision = { ...job, why };
    this.#decisions.push(decision);
    this.#host.onDecision?.(decision);
    return job;
  }

  /** Whether the budget has room for this and for one training to the end besides, until one is on its way there. */
  #affords(from: number, to: number): boolean {
    const going = this.#trials.filter(({ failure }) => failure === null).map(({ sent }) => sent);
    const furthest = Math.max(to, ...going);
    return this.#fits(to - from + this.#top - furthest);
  }

  #fits(cost: number): boolean {
    const fits = this.#spent + cost <= this.#plan.budget;
    this.#overBudget ||= !fits;
    return fits;
  }
}

/** Trials with a score that are drawn at random before any is drawn like the good ones, as in Optuna. */
const RANDOM_FIRST = 10;

function scoreAt({ scores }: OpenTrial, rung: number): number | undefined {
  return scores.find(({ epochs }) => epochs === rung)?.score;
}

/** Whether its outcome there is known: what failed on the way counts among those that were tried. */
function reached(trial: OpenTrial, rung: number): boolean {
  return scoreAt(trial, rung) !== undefined || trial.failure !== null && trial.sent === rung;
}

function isUnderWay({ sent, scores, failure }: OpenTrial): boolean {
  return failure === null && sent > 0 && scores.at(-1)?.epochs !== sent;
}
