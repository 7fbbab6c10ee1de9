/** Runs a search: what is decided is trained, and in the end all of it is shown. */
import { factsHere } from "../../../lib/backend/facts_io.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { type SearchRecord, searchText } from "../../../lib/records/search.ts";
import type { Values } from "../../../lib/search/space.ts";
import {
  type Decision,
  type Job,
  type Outcome,
  runStudy,
  type StudyResult,
} from "../../../lib/search/study.ts";
import { wordOf } from "../../config/override.ts";
import { openCode } from "../../engine/code/closure_io.ts";
import type { RunEvent } from "../../engine/types.ts";
import type { ChosenExecutor } from "../../executors/choose.ts";
import type { OpenExecutor, Placement } from "../../executors/contract.ts";
import { ownOf, searchGraph, type SearchGraphOptions, targetOf } from "../../graph/search.ts";
import { tensorWork } from "../../graph/work.ts";
import { shortKeys, shownSearch } from "../../report/text/search.ts";
import { count, figure, valueText } from "../../report/text/wording.ts";
import { print, tell } from "../../reporters/print_io.ts";
import { chooseReporter, type Reporter } from "../../reporters/reporter_io.ts";
import { clusterFeed, type Feed, type FeedRequest, localFeed } from "../../search/feed_io.ts";
import { planSearch, type SearchPlan } from "../../search/plan.ts";
import { checkSpace, type Example } from "../../search/points.ts";
import { recordOf } from "../../search/record.ts";
import { trainOn, Trials } from "../../search/trials_io.ts";
import { domainText, readSearch, type SearchWords } from "../../search/words.ts";
import type { SearchFlags } from "../search.ts";
import { leftRunning, QueuedTasks } from "./left_running.ts";
import { Outcome as TaskOutcome } from "./outcome.ts";
import { openProject, type Project } from "./project_io.ts";
import { openProjectStore } from "./project_store_io.ts";
import { commandOf } from "./request.ts";
import { executorOf, graphOptions } from "./request_io.ts";
import { linkResults, placeOf, resultsFolder } from "./result_links_io.ts";
import { type Sharing, sharingOf } from "./sharing_io.ts";
import { onSignal } from "./signals_io.ts";

/** Where tasks run and where results are kept is no part of a configuration. */
const isExecutors = (word: string) => /^executor[.=]/.test(word);
const isStores = (word: string) => word.startsWith("store.");

/** @returns The process's exit status: 0 only if the search came to its end and found something. */
export async function searchFor(flags: SearchFlags): Promise<number> {
  const project = openProject();
  // Before values are looked for: several for one of these keys would read as a search over nothing.
  const sharing = await sharingOf(project, flags.overrides.filter(isStores), !flags.dryRun);
  const chosen = await executorOf(project, {
    executor: flags.executor,
    overrides: flags.overrides.filter(isExecutors),
  });
  const words = readSearch(flags.overrides.filter((word) => !isExecutors(word) && !isStores(word)));
  const example = await checkSpace({ conf: project.conf, task: flags.task, ...words });
  const plan = planSearch(flags, words.space, example.point);
  tell(...describe(plan), ...plan.notes);
  if (flags.dryRun) {
    await chosen.open(placementOf(flags, project)); // says what cannot run so
    return 0;
  }
  const options = await graphOptions(project, { axes: [], points: [example.point] }, chosen.gpus);
  const search = new Search(project, flags, words, plan, example, options);
  return await search.run(chosen, sharing);
}

function describe({ study, objective, mostTrials }: SearchPlan): string[] {
  const { space, rungs, budget, parallel, reduction, sampler } = study;
  const values = space.map(({ key, domain }) => `${key} of ${domainText(domain)}`).join(", ");
  const most = Number.isFinite(budget) ? `, ${count(budget, "epoch")} together` : "";
  const halving = rungs.length === 1
    ? `each for ${count(rungs[0]!, "epoch")}`
    : `compared after ${rungs.slice(0, -1).join(", ")} of ${
      rungs.at(-1)
    } epochs, where one of ${reduction} goes on`;
  return [
    `Searching for the ${objective.lowerIsBetter ? "lowest" : "highest"} ${objective.title}: ${values}.`,
    `At most ${count(mostTrials, "configuration")} (${sampler})${most}, ${halving}; ${parallel} at a time.`,
  ];
}

function placementOf({ jobs, threads }: SearchFlags, { root }: Project): Placement {
  return { projectRoot: root, detach: false, failFast: false, jobs, threads };
}

class Search {
  readonly #project: Project;
  readonly #flags: SearchFlags;
  readonly #words: SearchWords;
  readonly #plan: SearchPlan;
  readonly #example: Example;
  readonly #options: SearchGraphOptions;
  readonly #trials: Trials;

  constructor(
    project: Project,
    flags: SearchFlags,
    words: SearchWords,
    plan: SearchPlan,
    example: Example,
    options: SearchGraphOptions,
  ) {
    this.#project = project;
    this.#flags = flags;
    this.#words = words;
    this.#plan = plan;
    this.#example = example;
    this.#options = options;
    this.#trials = new Trials({
      conf: project.conf,
      task: flags.task,
      ...words,
      epochs: plan.study.rungs.at(-1)!,
      objective: plan.objective,
      graph: options,
    });
  }

  async run(chosen: ChosenExecutor, sharing: Sharing): Promise<number> {
    const { root } = this.#project;
    // What is wrong with the graph of one is most likely wrong with that of all.
    const cause = await this.#trials.refuse(this.#example.values);
    if (cause !== undefined) throw new UserError("bad-config", cause);
    const store = openProjectStore(this.#project, this.#flags.store, "make", sharing.cache);
    const share = sharing.begin(store);
    const planning = { store, code: openCode(root, store.statCache) };
    const executors = await this.#open(chosen);
    const reporter = chooseReporter(false, store.location);
    const abort = new AbortController();
    const show = countingReporter(reporter);
    const queued = new QueuedTasks();
    const request: FeedRequest = {
      ...planning,
      signal: AbortSignal.any([abort.signal, reporter.unread]),
      onEvent: (event) => {
        queued.add(event);
        show(event);
        share.hear(event);
      },
    };
    try {
      using _listening = onSignal(() => abort.abort());
      const result = await this.#study(this.#feed(executors, request), planning, show);
      const record = await this.#record(result);
      const shown = result.ended === "stopped" || record.best === null
        ? undefined
        : await this.#show(record, executors.whole, { ...request, here: factsHere });
      reporter.close();
      await share.end(result.ended === "stopped");
      if (this.#flags.json) print(searchJson(record));
      else this.#print(record, shown);
      return shown === undefined ? 1 : 0;
    } finally {
      reporter.close();
      // Whatever ended the search did not end its jobs.
      if (queued.size > 0 && !reporter.unread.aborted) tell(leftRunning(queued.size));
      reporter.unread.throwIfAborted();
    }
  }

  /** The machine's threads are shared out, so that trainings side by side do not get into each other's way. */
  async #open(chosen: ChosenExecutor): Promise<Executors> {
    const placement = placementOf(this.#flags, this.#project);
    const whole = await chosen.open(placement);
    if (whole.room === null) return { whole, slots: null };
    const { gpu = 0 } = tensorWork(this.#example.point.config, this.#options.autoBackend).resources;
    const side = gpu > 0 ? 1 : Math.min(this.#plan.study.parallel, whole.room.tasks);
    const share = Math.max(1, Math.floor(whole.room.threads / side));
    const slots = await Promise.all(
      Array.from({ length: side }, () => chosen.open({ ...placement, jobs: undefined, threads: share })),
    );
    return { whole, slots };
  }

  #feed({ whole, slots }: Executors, request: FeedRequest): Feed<Job> {
    if (slots === null) {
      return clusterFeed(whole, request, async (jobs) => {
        const { graph, tasks } = await this.#trials.graph(jobs);
        return { graph, tasks: tasks.map(targetOf) };
      });
    }
    return localFeed(slots, request, async (job) => {
      const { graph, tasks: [rung] } = await this.#trials.graph([job]);
      return { graph, task: targetOf(rung!), own: ownOf(rung!) };
    });
  }

  async #study(
    feed: Feed<Job>,
    planning: Pick<FeedRequest, "store" | "code">,
    show: (event: RunEvent) => void,
  ): Promise<StudyResult> {
    const { json } = this.#flags;
    const note = (trial: number, message: string) =>
      show({ type: "task-note", task: `trial ${trial}`, level: "info", message });
    const tellDecision = (decision: Decision) => {
      if (json) print(JSON.stringify({ type: "decision", ...decision }));
      else note(decision.trial, this.#decided(decision));
    };
    const tellOutcome = ({ trial, epochs }: Job, outcome: Outcome) => {
      if (json) print(JSON.stringify({ type: "outcome", trial, epochs, ...outcome }));
      else note(trial, this.#outcomeText(epochs, outcome));
    };
    const train = trainOn(this.#trials, feed, planning);
    const underWay = new Set<Promise<unknown>>();
    let error: unknown;
    const result = await runStudy(this.#plan.study, {
      refuse: (values) => this.#trials.refuse(values),
      train(job) {
        const outcome = train(job).then((outcome) => {
          if (outcome !== "stopped") tellOutcome(job, outcome);
          return outcome;
        }).catch((thrown) => {
          error ??= thrown;
          return "stopped" as const;
        });
        underWay.add(outcome);
        return outcome;
      },
      onDecision: tellDecision,
    });
    await Promise.all(underWay); // those that the end did not wait for
    if (error !== undefined) throw error;
    return result;
  }

  #decided({ why, values, epochs, cost }: Decision): string {
    const keys = shortKeys(this.#words.space.map(({ key }) => key));
    const words = keys.map((key, i) => `${key}=${valueText(values[i]!)}`).join(" ");
    const how = { start: "", promote: " (promoted)", finish: " (the best so far)" }[why];
    return `${words} to epoch ${epochs}${how}, ${count(cost, "epoch")}`;
  }

  #outcomeText(epochs: number, outcome: Outcome): string {
    if (outcome.kind === "failed") return `failed, and is trained no further: ${outcome.cause}`;
    return `${this.#plan.objective.title} ${figure(outcome.score)} after ${count(epochs, "epoch")}`;
  }

  async #record(result: StudyResult): Promise<SearchRecord> {
    const { space, fixed } = this.#words;
    const runs = new Map<number, string>();
    for (const { number, values, scores } of result.trials) {
      const last = scores.at(-1);
      if (last === undefined) continue;
      const { tasks } = await this.#trials.graph([{ values, epochs: last.epochs }]);
      runs.set(number, tasks[0]!.run);
    }
    const { task } = this.#flags;
    return recordOf(this.#plan, result, {
      title: `${this.#example.point.kinds.task.title}: search over ${
        shortKeys(space.map(({ key }) => key)).join(", ")
      }`,
      runs,
      commandOf: (values: Values) => {
        const words = space.map(({ key }, i) => wordOf(key, values[i]!));
        const overrides = [...fixed.map(({ text }) => text), ...words];
        return commandOf({ kind: "sweep", task, overrides }, () => false);
      },
    });
  }

  /** @returns Where its files are; undefined: somebody stopped it, or it failed. */
  async #show(
    record: SearchRecord,
    executor: OpenExecutor,
    request: FeedRequest,
  ): Promise<Shown | undefined> {
    const scored = record.trials.filter(({ scores }) => scores.length > 0);
    const points = await Promise.all(
      scored.map(async ({ number, values, scores }) =>
        [number, await this.#trials.point(values, scores.at(-1)!.epochs)] as const
      ),
    );
    const name = `search-${shortKeys(record.space.map(({ key }) => key)).join("-")}`;
    const built = await searchGraph(name, record, points, this.#options);
    const outcome = new TaskOutcome();
    await executor.execute({
      ...request,
      graph: built.graph,
      onEvent: (event) => {
        outcome.add(event);
        request.onEvent?.(event);
      },
    });
    const receiptOf = async (task: string) => {
      const key = outcome.keyOf(task);
      return key === undefined ? undefined : await request.store.cache.lookup(key);
    };
    const receipt = await receiptOf(built.search);
    const best = await receiptOf(built.trainings[scored.findIndex(({ number }) => number === record.best)]!);
    if (receipt === undefined || best === undefined) return undefined;
    const { store } = request;
    const folder = linkResults(resultsFolder(this.#project, this.#flags.store, store, name), store, [
      { receipt, under: "" },
      { receipt: best, under: "best/" },
    ]);
    return { table: await placeOf(folder, store, receipt, "trials.csv"), folder };
  }

  #print(record: SearchRecord, shown: Shown | undefined): void {
    print("", ...shownSearch(record));
    if (shown !== undefined) {
      print(`Table: ${shown.table}${shown.folder === undefined ? "" : " (search.json, figures/, best/)"}`);
    } else if (record.best !== null) {
      tell("The search did not come to its end. What is done is kept; the same command goes on from there.");
    }
  }
}

interface Executors {
  /** With all of the machine, or the cluster. */
  readonly whole: OpenExecutor;
  /** With a share of the machine each; null: on a cluster. */
  readonly slots: readonly OpenExecutor[] | null;
}

interface Shown {
  readonly table: string;
  readonly folder: string | undefined;
}

/** Executions come one after the other and have much in common: only what runs is counted, as it begins. */
function countingReporter(reporter: Reporter): (event: RunEvent) => void {
  const begun = new Set<string>();
  return (event) => {
    if (event.type === "planned" || event.type === "finished" || event.type === "task-fresh") return;
    if (event.type === "task-started" && !begun.has(event.task)) {
      begun.add(event.task);
      reporter.show({ type: "planned", total: begun.size, fresh: 0, stale: begun.size, pending: 0 });
    }
    reporter.show(event);
  };
}

function searchJson(record: SearchRecord): string {
  return JSON.stringify({ type: "search", ...JSON.parse(searchText(record)) });
}
