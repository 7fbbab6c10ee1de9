/** `search`: looks for the best configuration within a budget of epochs. */
import {
  float,
  type InferValue,
  integer,
  merge,
  message,
  object,
  option,
  optional,
  string,
  withDefault,
} from "@optique/core";
import { DEFAULT_REDUCTION } from "../../lib/search/ladder.ts";
import { SAMPLERS } from "../../lib/search/study.ts";
import { DEFAULT_OBJECTIVE } from "../search/objective.ts";
import { defineCommand } from "./shared/command.ts";
import { location, overrides, placement, task } from "./shared/flags.ts";
import { oneOfThese } from "./shared/one_of_these.ts";
import { overrideWords } from "./shared/override_words_io.ts";

const search = object("Search", {
  trials: withDefault(
    option("--trials", integer({ min: 1, metavar: "N" }), {
      description: message`Most configurations.`,
    }),
    20,
  ),
  budget: optional(
    option("--budget", integer({ min: 1, metavar: "EPOCHS" }), {
      description:
        message`Most epochs of all trainings together, counted whether or not the store has them; one training to the end always fits (default with asha: 40 % of those of training all to the end, or as few as halving can do with).`,
    }),
  ),
  sampler: withDefault(
    option("--sampler", oneOfThese(SAMPLERS), {
      description:
        message`${"tpe"}: like the best so far and unlike the others, after ten at random. ${"random"}: all at random.`,
    }),
    SAMPLERS[0],
  ),
  halving: withDefault(
    option("--halving", oneOfThese(["asha", "off"]), {
      description:
        message`${"asha"}: trainings are compared after few epochs, and the best go on (asynchronous successive halving). ${"off"}: every training goes to its end.`,
    }),
    "asha",
  ),
  reduction: withDefault(
    option("--reduction", float({ min: 1.1, metavar: "FACTOR" }), {
      description: message`With asha: one of so many goes on, to so many times the epochs.`,
    }),
    DEFAULT_REDUCTION,
  ),
  least: optional(
    option("--least-epochs", integer({ min: 1, metavar: "N" }), {
      description:
        message`With asha: none is compared before (default: as late as 40 % of the epochs of training all to their end allow, and the budget).`,
    }),
  ),
  objective: withDefault(
    option("--objective", string({ metavar: "COLUMN" }), {
      description:
        message`A column of ${"deno task runs"}, such as ${"validation_accuracy"}; ${"accuracy"} is of the test split, which then tests nothing any more.`,
    }),
    DEFAULT_OBJECTIVE,
  ),
  parallel: withDefault(
    option("--parallel", integer({ min: 1, metavar: "N" }), {
      description:
        message`Trainings under way at a time; part of what decides, wherever it runs: as many as a cluster has nodes for.`,
    }),
    4,
  ),
  samplerSeed: withDefault(
    option("--sampler-seed", integer({ min: 0, metavar: "N" }), {
      description: message`Of what is drawn; ${"seed=N"} is that of trainings.`,
    }),
    0,
  ),
  dryRun: option("-n", "--dry-run", { description: message`Say what would be searched; run nothing.` }),
  jobs: optional(
    option("-j", "--jobs", integer({ min: 1, metavar: "N" }), {
      description: message`Most trainings at a time on this machine.`,
    }),
  ),
  threads: optional(
    option("--threads", integer({ min: 1, metavar: "N" }), {
      description: message`Most threads of all trainings together (default: all cores).`,
    }),
  ),
});

const parser = merge(search, task, placement, location, overrides);

export type SearchFlags = InferValue<typeof parser>;

export const command = defineCommand({
  brief: message`Search for the best configuration within a budget of epochs.`,
  description:
    message`Values vary as ${"KEY=log(A,B)"}, ${"KEY=uniform(A,B)"}, ${"KEY=int(A,B)"} (both ends included) or in lists as those of a sweep; trainer.epochs is how long the longest are trained. The same command goes on where it was, and decides the same.`,
  examples: [
    [
      "search 'optim.lr=log(1e-4,1)' trainer.batch_size=50,100,200 setting=A --trials 24 --budget 200",
      "24 configurations, 200 epochs",
    ],
    ["search 'optim.lr=log(1e-4,1)' --sampler random --halving off", "each to its end"],
    ["search model=linear,ds_cnn 'optim.lr=log(1e-3,1)' --objective validation_accuracy", "kinds too"],
    ["search 'optim.lr=log(1e-4,1)' --parallel 32 --executor slurm", "32 jobs at a time"],
  ],
  parser,
  complete: overrideWords,
  run: async (flags) => (await import("./shared/search_io.ts")).searchFor(flags),
});
