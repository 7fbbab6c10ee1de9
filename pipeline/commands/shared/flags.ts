/** Flags that several commands take. */
import {
  argument,
  type InferValue,
  integer,
  type Message,
  message,
  multiple,
  object,
  option,
  optional,
  string,
  text,
  withDefault,
} from "@optique/core";
import type { JsonObject } from "../../../lib/base/json.ts";
import { SETTINGS } from "../../../lib/frontends/contract.ts";
import { REPORT_AUDIO } from "../../report/page/report_audio.ts";
import { DEFAULT_EXECUTOR } from "../../executors/default.ts";
import { DEFAULT_TASK, TASK_NAMES } from "../../config/tasks.ts";
import { oneOfThese } from "./one_of_these.ts";
import { openProject } from "./project_io.ts";
import { confNames, oneOf, storedTasks } from "./names_io.ts";

/** What there is of a group of `conf`, for the help. */
function known(what: string, group: string): Message {
  return [text(`${what}: ${confNames(group)().join(", ")} (files of conf/${group}).`)];
}

/** `model=linear, bc_resnet; ...`: all groups of all tasks. */
function choices(): string {
  const { conf } = openProject();
  const groups = new Set(
    TASK_NAMES.flatMap((name) => Object.keys(conf.main(name).values["defaults"] as JsonObject)),
  );
  return [...groups].map((group) => `${group}=${conf.choices(group).join(", ")}`).join("; ");
}

/** What help calls a value of the configuration. */
export const OVERRIDE = "KEY=VALUE";

export const overrides = object("Configuration", {
  overrides: multiple(
    argument(string({ metavar: OVERRIDE, pattern: /^[^-]/ }), {
      // Read from the files of `conf` only where somebody asks for help.
      get description() {
        return [
          ...message`A value or a sweep: ${"trainer.epochs=20"}, ${"model=bc_resnet"}, ${"seed=0,1,2"}. `,
          text(`Files to choose from: ${choices()}.`),
        ];
      },
    }),
  ),
});

export const debug = option("--debug", { description: message`Show the stack trace of an error.` });

export const location = object("Store", {
  store: optional(option("--store", string({ metavar: "DIR" }), {
    description: message`Where results are kept (default: data/store).`,
  })),
  json: option("--json", { description: message`Machine-readable output, one JSON value a line.` }),
  debug,
});

const executor = optional(option("--executor", oneOf("NAME", confNames("executor")), {
  get description() {
    return known(`Where tasks run (default: ${DEFAULT_EXECUTOR})`, "executor");
  },
}));

export const placement = object("Executor", { executor });

export const axes = object("Sweep", {
  config: optional(option("--config", oneOf("NAME", confNames("sweep")), {
    description: message`A ready-made sweep, as in conf/sweep; what else is typed here wins.`,
  })),
  nMels: optional(
    option("--n-mels", string({ metavar: "N,..." }), { description: message`Numbers of Mel bands.` }),
  ),
  setting: optional(option("--setting", oneOf("A,B,C,D", () => SETTINGS), {
    description:
      message`What of the front-end is trained: A nothing, D all of it; B the Mel filters and C the STFT kernels, or, of front-ends of filters, B the pooling and C the filters; ${"'frontend.trained=[mel]'"} lists single parts.`,
  })),
  model: optional(
    option("--model", oneOf("NAME,...", confNames("model")), {
      get description() {
        return known("Models", "model");
      },
    }),
  ),
  frontend: optional(option("--frontend", oneOf("NAME,...", confNames("frontend")), {
    get description() {
      return known("Front-ends", "frontend");
    },
  })),
  seed: optional(option("--seed", string({ metavar: "N,..." }), { description: message`Random seeds.` })),
});

export const amount = object("Amount", {
  quick: option("--quick", {
    description: message`A small data set and few epochs, to see how it goes within a minute.`,
  }),
});

export const page = object("Report", {
  audio: withDefault(
    option("--audio", oneOfThese(REPORT_AUDIO), {
      description:
        message`Which test examples the report lets hear: ${"none"}, the worst ${"errors"}, or ${"all"} as far as 5 MB go.`,
    }),
    "errors",
  ),
});

export const task = object("Task", {
  task: withDefault(
    option("--task", oneOfThese(TASK_NAMES), {
      description: [text(`What networks are asked: ${TASK_NAMES.join(", ")}.`)],
    }),
    DEFAULT_TASK,
  ),
});

export const execution = object("Execution", {
  executor,
  detach: option("--detach", {
    description: message`On a cluster: end when everything is submitted. The same command follows it later.`,
  }),
  dryRun: option("-n", "--dry-run", { description: message`Say what would run and why; run nothing.` }),
  printConfig: option("--print-config", {
    description: message`Print every value with where it came from; run nothing.`,
  }),
  force: multiple(option("--force", oneOf("TASK", storedTasks), {
    description: message`Run this task (a name, a stage, or a pattern with *) although it is fresh.`,
  })),
  jobs: optional(
    option("-j", "--jobs", integer({ min: 1, metavar: "N" }), {
      description: message`Most tasks at a time.`,
    }),
  ),
  threads: optional(
    option("--threads", integer({ min: 1, metavar: "N" }), {
      description: message`Most threads of all tasks together (default: all cores).`,
    }),
  ),
  failFast: option("--fail-fast", { description: message`Stop everything at the first failure.` }),
  keepGoing: option("--keep-going", {
    description: message`Go on with what a failure does not block (the default).`,
  }),
});

export type LocationFlags = InferValue<typeof location>;
export type ExecutorFlags = InferValue<typeof placement> & InferValue<typeof overrides>;
export type ExecutionFlags = InferValue<typeof execution> & LocationFlags & InferValue<typeof overrides>;
export type SweepFlags =
  & InferValue<typeof task>
  & Partial<InferValue<typeof axes>>
  & Partial<InferValue<typeof page>>
  & Partial<InferValue<typeof amount>>;
