/** From what is asked for to a study: rungs, objective, and what is worth saying of them. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import { fromFile } from "../../lib/base/record.ts";
import { conditionsOf } from "../../lib/data/corruption/schema.ts";
import { conditionKey } from "../../lib/records/condition.ts";
import { costOf, firstRung, ladder, MOST_SHARE } from "../../lib/search/ladder.ts";
import { sizeOf, type Space } from "../../lib/search/space.ts";
import type { StudyPlan } from "../../lib/search/study.ts";
import { hasHorizon, scheduleSchema } from "../../lib/train/schedule.ts";
import type { Checked } from "../config/check.ts";
import { type Objective, objectiveOf } from "./objective.ts";

/** As typed. */
export interface SearchRequest {
  readonly trials: number;
  /** Undefined: with halving what {@link MOST_SHARE} says, or as much as it costs where rungs are few; else any. */
  readonly budget: number | undefined;
  readonly sampler: StudyPlan["sampler"];
  readonly halving: "asha" | "off";
  readonly reduction: number;
  /** Undefined: as late as {@link MOST_SHARE} of all epochs, and the budget, allow. */
  readonly least: number | undefined;
  readonly objective: string;
  readonly parallel: number;
  readonly samplerSeed: number;
}

export interface SearchPlan {
  readonly study: StudyPlan;
  readonly objective: Objective;
  /** No more trials than that: there may be fewer configurations than were asked for. */
  readonly mostTrials: number;
  /** What somebody should know before it begins, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * @param example Any of the space's configurations.
 * @throws {UserError} "usage": an unknown objective, or a budget in which no training ends. "bad-config": time ends them.
 */
export function planSearch(request: SearchRequest, space: Space, { config, kinds }: Checked): SearchPlan {
  const { epochs, minutes } = config.trainer;
  if (minutes !== null) {
    throw new UserError(
      "bad-config",
      `Cannot search with trainer.minutes=${minutes}: how many epochs that are is the machine's affair, and decisions would ` +
        `be too. Add trainer.minutes=null.`,
    );
  }
  const conditions = conditionsOf(config.dataset, "test").map(conditionKey);
  const objective = objectiveOf(request.objective, kinds.task, conditions);
  const { budget: most = Infinity, reduction, halving } = request;
  if (most < epochs) {
    throw new UserError(
      "usage",
      `Cannot search with a budget of ${most} epochs: one training to its end has ${epochs}. Raise --budget or lower ` +
        `trainer.epochs.`,
    );
  }
  const trials = Math.min(request.trials, sizeOf(space));
  const share = Math.min(MOST_SHARE, most / (trials * epochs));
  const least = request.least ?? firstRung(epochs, reduction, share);
  const rungs = halving === "off" ? [epochs] : ladder(epochs, reduction, least);
  const compared = rungs.slice(0, -1);
  const usual = trials * Math.max(MOST_SHARE * epochs, costOf(rungs, reduction));
  const budget = request.budget ?? (compared.length === 0 ? Infinity : Math.max(epochs, Math.floor(usual)));
  const schedule = fromFile(scheduleSchema, config.optim.schedule);
  const early = compared.length > 0 && hasHorizon(schedule)
    ? [
      `The schedule ${schedule.kind} ends with epoch ${epochs}: trainings that are compared before are parts of that ` +
      `training, their rates still high; optim.schedule.kind=constant compares them as they would end.`,
    ]
    : [];
  const tested = objective.ofTest
    ? [
      `warning: ${objective.name} is of the test split. What is chosen by it says nothing any more of other examples; ` +
      `validation_loss and validation_accuracy leave the test untouched.`,
    ]
    : [];
  return {
    study: {
      space,
      sampler: request.sampler,
      seed: request.samplerSeed,
      trials: request.trials,
      budget,
      rungs,
      reduction,
      parallel: request.parallel,
      lowerIsBetter: objective.lowerIsBetter,
    },
    objective,
    mostTrials: trials,
    notes: [...early, ...tested],
  };
}
