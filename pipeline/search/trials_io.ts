/** Trials of a search: from values to trainings, and from what these wrote to scores. */
import { UserError } from "../../lib/base/errors.ts";
import { parseHistory } from "../../lib/records/history.ts";
import { parseMetrics } from "../../lib/records/metrics.ts";
import type { Job, Outcome } from "../../lib/search/study.ts";
import type { Values } from "../../lib/search/space.ts";
import type { Override } from "../config/override.ts";
import type { Point } from "../config/sweep.ts";
import type { PlanOptions } from "../engine/executor.ts";
import { planRun } from "../engine/run.ts";
import type { TaskKey } from "../engine/types.ts";
import { historyFields, metricFields } from "../runs/fields.ts";
import { type RungGraph, rungGraph, type SearchGraphOptions } from "../graph/search.ts";
import { type Objective, scoreIn } from "./objective.ts";
import type { Ending, Feed } from "./feed_io.ts";
import { pointOf, type PointOptions } from "./points.ts";

export interface TrialOptions extends PointOptions {
  /** Of the longest training. */
  readonly epochs: number;
  readonly objective: Objective;
  readonly graph: SearchGraphOptions;
}

export class Trials {
  readonly #options: TrialOptions;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** @throws {UserError} "bad-config": this cannot be trained. */
  async point(values: Values, epochs: number): Promise<Point> {
    const { epochs: most } = this.#options;
    const until: Override[] = epochs >= most
      ? []
      : [{ path: ["trainer", "until_epoch"], values: [epochs], text: `trainer.until_epoch=${epochs}` }];
    return await pointOf(this.#options, values, most, until);
  }

  /** Why a configuration cannot be trained; undefined: it can. */
  async refuse(values: Values): Promise<string | undefined> {
    try {
      await this.graph([{ values, epochs: this.#options.epochs }]);
      return undefined;
    } catch (error) {
      if (error instanceof UserError && error.reason === "bad-config") return error.faults[0]!;
      throw error;
    }
  }

  async graph(jobs: readonly Pick<Job, "values" | "epochs">[]): Promise<RungGraph> {
    const { space, objective, graph } = this.#options;
    const points = await Promise.all(jobs.map(({ values, epochs }) => this.point(values, epochs)));
    return await rungGraph(points, space.map(({ key }) => key), testedFor(objective), graph);
  }

  /** A failure that was there before is one still: a training that diverged diverges again, to the same step. */
  async knownFailure(job: Job, planning: Omit<PlanOptions, "graph">): Promise<string | undefined> {
    const { graph, tasks: [rung] } = await this.graph([job]);
    const state = (await planRun({ ...planning, graph })).get(rung!.train)!;
    const failure = state.kind === "stale" ? planning.store.failure(state.key) : undefined;
    return failure?.reason === DIVERGED ? failure.message : undefined;
  }

  /** @throws {UserError} "store-damaged": the result has gone meanwhile. */
  async outcome(ending: Ending, store: PlanOptions["store"]): Promise<Outcome | "stopped"> {
    if (ending.kind === "cancelled") return "stopped";
    if (ending.kind === "done") return { kind: "score", score: await this.#score(ending.key, store) };
    const { reason, message } = ending.failure;
    return reason === DIVERGED ? { kind: "failed", cause: message } : "stopped";
  }

  async #score(key: TaskKey, store: PlanOptions["store"]): Promise<number> {
    const { objective } = this.#options;
    const receipt = await store.cache.lookup(key);
    const name = objective.ofTest ? "metrics.json" : "history.json";
    const output = receipt?.outputs[name];
    if (receipt === undefined || output === undefined) {
      throw new UserError(
        "store-damaged",
        `Cannot read the score of a trial: ${name} was removed from the store while this command ran. Run it again.`,
      );
    }
    const text = await store.readText(output, name);
    const fields = objective.ofTest
      ? metricFields(parseMetrics(text, receipt.task))
      : historyFields(parseHistory(text, receipt.task));
    return scoreIn(objective, fields);
  }
}

/** The one reason for which a training fails that is about its values and not about the machine. */
const DIVERGED = "loss-not-finite";

/** What has to be tested: nothing, recordings as they are (""), or a condition. */
function testedFor({ ofTest, name }: Objective): string | undefined {
  if (!ofTest) return undefined;
  const prefix = name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : "";
  return prefix === "last" ? "" : prefix;
}

/** What a study asks for, done with tasks. */
export function trainOn(
  trials: Trials,
  feed: Feed<Job>,
  planning: Omit<PlanOptions, "graph">,
): (job: Job) => Promise<Outcome | "stopped"> {
  return async (job) => {
    const known = await trials.knownFailure(job, planning);
    if (known !== undefined) return { kind: "failed", cause: known };
    return await trials.outcome(await feed.run(job), planning.store);
  };
}
