/** The command line: what can be typed, with its help. Declarations only, so that the parser stays a local choice. */
import {
  argument,
  choice,
  command,
  constant,
  float,
  integer,
  merge,
  message,
  multiple,
  object,
  option,
  optional,
  or,
  string,
  withDefault,
} from "@optique/core";
import { SHELLS } from "./completion_scripts.ts";
import { examplesOf } from "./examples.ts";

const overrides = object("Configuration", {
  overrides: multiple(
    argument(string({ metavar: "KEY=VALUE" }), {
      description:
        message`A value or a sweep: ${"trainer.epochs=20"}, ${"model=bc_resnet"}, ${"seed=0,1,2"}.`,
    }),
  ),
});

const debug = option("--debug", { description: message`Show the stack trace of an error.` });

const location = object("Store", {
  store: optional(option("--store", string({ metavar: "DIR" }), {
    description: message`Where results are kept (default: data/store).`,
  })),
  json: option("--json", { description: message`Machine-readable output, one JSON value a line.` }),
  debug,
});

const executor = optional(option("--executor", string({ metavar: "NAME" }), {
  description:
    message`Where tasks run: ${"local"} (the default), ${"slurm"}, or another file of conf/executor.`,
}));

const placement = object("Executor", { executor });

const axes = object("Sweep", {
  config: optional(option("--config", string({ metavar: "NAME" }), {
    description: message`A ready-made sweep, as in conf/sweep; what else is typed here wins.`,
  })),
  nMels: optional(
    option("--n-mels", string({ metavar: "N,..." }), { description: message`Numbers of Mel bands.` }),
  ),
  setting: optional(option("--setting", string({ metavar: "A,B,C,D" }), {
    description: message`What is trained: A nothing, B Mel filters, C STFT kernels, D both.`,
  })),
  model: optional(
    option("--model", string({ metavar: "NAME,..." }), { description: message`Models, as in conf/model.` }),
  ),
  frontend: optional(option("--frontend", string({ metavar: "NAME,..." }), {
    description: message`Front-ends, as in conf/frontend.`,
  })),
  seed: optional(option("--seed", string({ metavar: "N,..." }), { description: message`Random seeds.` })),
});

const task = object("Task", {
  task: withDefault(
    option("--task", choice(["kws", "asr"]), {
      description: message`${"kws"} (keyword spotting, the default) or ${"asr"} (phoneme recognition).`,
    }),
    "kws" as const,
  ),
});

const execution = object("Execution", {
  executor,
  detach: option("--detach", {
    description: message`On a cluster: end when everything is submitted. The same command follows it later.`,
  }),
  dryRun: option("-n", "--dry-run", { description: message`Say what would run and why; run nothing.` }),
  printConfig: option("--print-config", {
    description: message`Print every value with where it came from; run nothing.`,
  }),
  force: multiple(option("--force", string({ metavar: "TASK" }), {
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

const kws = command("kws", merge(object({ command: constant("kws") }), execution, location, overrides), {
  footer: examplesOf("kws"),
  brief: message`Train, evaluate and compare keyword spotters.`,
  description:
    message`Runs the keyword-spotting graph with the defaults in conf/kws.yaml. Only stale stages run.`,
});

const asr = command("asr", merge(object({ command: constant("asr") }), execution, location, overrides), {
  footer: examplesOf("asr"),
  brief: message`Train, evaluate and compare phoneme recognisers.`,
  description:
    message`Runs the phoneme-recognition graph with the defaults in conf/asr.yaml. Only stale stages run.`,
});

const sweep = command(
  "sweep",
  merge(object({ command: constant("sweep") }), task, axes, execution, location, overrides),
  {
    footer: examplesOf("sweep"),
    brief: message`Run every combination of the listed values.`,
    description:
      message`The cartesian product of all lists, as in ${"deno task sweep --n-mels 10,20,30,40 --setting A,D"}.`,
  },
);

const report = command(
  "report",
  merge(object({ command: constant("report") }), task, axes, execution, location, overrides),
  {
    footer: examplesOf("report"),
    brief: message`Show all runs in one page that is read offline.`,
    description:
      message`Brings the report up to date, with what it is made from, and draws its figures as PNG too. Without a sweep's flags it is that of ${"deno task kws"}, or with ${"--task asr"} of ${"deno task asr"}.`,
  },
);

const evaluate = command(
  "evaluate",
  merge(
    object({
      command: constant("evaluate"),
      checkpoint: option("--checkpoint", string({ metavar: "FILE" }), {
        description: message`A safetensors file with the names of the PyTorch modules.`,
      }),
      split: withDefault(
        option("--split", choice(["train", "validation", "test", "all"]), {
          description: message`The clips to evaluate on.`,
        }),
        "test" as const,
      ),
    }),
    task,
    execution,
    location,
    overrides,
  ),
  {
    footer: examplesOf("evaluate"),
    brief: message`Evaluate a checkpoint from anywhere, without training.`,
    description:
      message`What the configuration calls setting is read from the file: parts of the front-end of which it has values of its own are computed from them.`,
  },
);

const exporting = command(
  "export",
  merge(
    object({
      command: constant("export"),
      run: argument(string({ metavar: "RUN" }), {
        description: message`A run's name as in the table, or a pattern with * that means exactly one.`,
      }),
      to: option("--to", string({ metavar: "FILE" }), { description: message`Where the copy goes.` }),
      checkpoint: withDefault(
        option("--checkpoint", choice(["best", "last"]), {
          description: message`The state with the lowest validation loss, or the last one.`,
        }),
        "best" as const,
      ),
      overwrite: option("--overwrite", { description: message`Replace FILE if it is there.` }),
    }),
    location,
  ),
  { footer: examplesOf("export"), brief: message`Copy a run's checkpoint out of the store.` },
);

const lr = command(
  "lr",
  merge(
    object({
      command: constant("lr"),
      low: withDefault(
        option("--low", float({ metavar: "RATE" }), {
          description: message`optim.model.lr at the first step.`,
        }),
        1e-5,
      ),
      high: withDefault(
        option("--high", float({ metavar: "RATE" }), {
          description: message`optim.model.lr at the last step.`,
        }),
        10,
      ),
      steps: optional(option("--steps", integer({ min: 10, metavar: "N" }), {
        description: message`Batches to train on (default: one epoch, at least 100).`,
      })),
    }),
    task,
    execution,
    location,
    overrides,
  ),
  {
    footer: examplesOf("lr"),
    brief: message`Find a learning rate: a range test.`,
    description:
      message`Trains for a moment while the rate grows from low to high, draws the loss, and says where it falls fastest. The rates of other groups keep their ratio to optim.model.lr.`,
  },
);

const status = command(
  "status",
  merge(object({ command: constant("status") }), task, axes, placement, location, overrides),
  {
    footer: examplesOf("status"),
    brief: message`What is fresh, what is stale, and the first reason.`,
  },
);

const why = command(
  "why",
  merge(
    object({
      command: constant("why"),
      name: argument(string({ metavar: "TASK" }), {
        description: message`A task's name, a stage, or a pattern with *.`,
      }),
    }),
    task,
    axes,
    placement,
    location,
    overrides,
  ),
  { footer: examplesOf("why"), brief: message`Every reason why a task would run, field by field.` },
);

const cancel = command(
  "cancel",
  merge(
    object({
      command: constant("cancel"),
      names: multiple(argument(string({ metavar: "TASK" }), {
        description: message`Tasks, stages, or patterns with *.`,
      })),
      all: option("--all", { description: message`Everything that is queued or running.` }),
    }),
    location,
  ),
  { footer: examplesOf("cancel"), brief: message`End jobs of a cluster, or take them out of its queue.` },
);

const logs = command(
  "logs",
  merge(
    object({
      command: constant("logs"),
      name: argument(string({ metavar: "TASK" }), {
        description: message`A task's name, or a pattern with * that means exactly one.`,
      }),
    }),
    location,
  ),
  { footer: examplesOf("logs"), brief: message`What a task printed, here or on a cluster.` },
);

const graph = command(
  "graph",
  merge(
    object({
      command: constant("graph"),
      format: withDefault(
        option("--format", choice(["text", "mermaid", "dot"]), { description: message`How to draw it.` }),
        "text" as const,
      ),
    }),
    task,
    axes,
    placement,
    location,
    overrides,
  ),
  { footer: examplesOf("graph"), brief: message`The task graph as text, Mermaid or DOT.` },
);

const verify = command(
  "verify",
  merge(
    object({
      command: constant("verify"),
      repair: option("--repair", { description: message`Remove what is damaged, so that it is made again.` }),
    }),
    location,
  ),
  { footer: examplesOf("verify"), brief: message`Hash every stored object again.` },
);

const gc = command(
  "gc",
  merge(
    object({
      command: constant("gc"),
      delete: option("--delete", { description: message`Delete; without it, only say what would go.` }),
      keepDays: withDefault(
        option("--keep-days", integer({ min: 0, metavar: "DAYS" }), {
          description: message`Keep what a command of the last DAYS days used (default: 30).`,
        }),
        30,
      ),
      maxMegabytes: optional(option("--max-mb", integer({ min: 0, metavar: "MB" }), {
        description: message`Then delete the oldest results until the store is no larger.`,
      })),
    }),
    location,
  ),
  { footer: examplesOf("gc"), brief: message`Delete results that nothing needs any more.` },
);

const compareRuns = command(
  "compare",
  merge(
    object({
      command: constant("runs compare"),
      a: argument(string({ metavar: "A" }), {
        description: message`A run's id or name; of several, the newest.`,
      }),
      b: argument(string({ metavar: "B" }), { description: message`Another one.` }),
    }),
    location,
  ),
  { brief: message`Show where two runs differ in configuration and figures.` },
);

const listRuns = merge(
  object({
    command: constant("runs"),
    conditions: multiple(argument(string({ metavar: "CONDITION" }), {
      description:
        message`All must hold: ${"model=linear"}, ${"setting!=A"}, ${"accuracy>0.4"}, ${"run~fastaudio"} (contains).`,
    })),
    sort: optional(option("--sort", string({ metavar: "NAME" }), {
      description: message`Numbers from the largest, words from A (default: the newest first).`,
    })),
    reverse: option("--reverse", { description: message`The other way round.` }),
    limit: optional(
      option("--limit", integer({ min: 1, metavar: "N" }), { description: message`Only the first N.` }),
    ),
    columns: optional(option("--columns", string({ metavar: "NAME,..." }), {
      description: message`What to show of each run.`,
    })),
    csv: option("--csv", { description: message`Every value of every run, as CSV.` }),
    rebuild: option("--rebuild", { description: message`Make the index again from the store's receipts.` }),
  }),
  location,
);

const runs = command("runs", or(compareRuns, listRuns), {
  brief: message`Past runs as a table: filter, sort, compare two.`,
  description:
    message`Names are those of the configuration and of the figures, or their last parts. The index, runs.sqlite in the store, is made from receipts and follows them by itself.`,
  footer: examplesOf("runs"),
});

const demo = command(
  "demo",
  merge(
    object({
      command: constant("demo"),
      run: optional(argument(string({ metavar: "RUN" }), {
        description: message`Only runs with this in their names (default: all, the best first).`,
      })),
      port: withDefault(
        option("--port", integer({ min: 0, max: 65535, metavar: "PORT" }), {
          description: message`Where the page is served on this machine; 0 for any free port.`,
        }),
        8460,
      ),
    }),
    location,
  ),
  {
    brief: message`Serve a page in which trained models listen.`,
    description:
      message`A microphone or a dropped recording, the learned spectrogram beside the initial one, probabilities and detected words. Only this machine can open it; sound stays in the browser.`,
    footer: examplesOf("demo"),
  },
);

const completion = command(
  "completion",
  object({
    command: constant("completion"),
    shell: argument(choice(SHELLS, { metavar: "SHELL" }), {
      description: message`The shell to complete in.`,
    }),
    debug,
  }),
  {
    brief: message`Print a completion script for bash, zsh or fish.`,
    description:
      message`What the script completes, inside this project's folder: tasks, options, configuration keys, names of runs and tasks.`,
    footer: examplesOf("completion"),
  },
);

/** Called by the completion scripts. */
const complete = command(
  "complete",
  object({
    command: constant("complete"),
    words: multiple(argument(string({ metavar: "WORD" }))),
  }),
  { hidden: true },
);

export const commandLine = or(
  or(kws, asr, sweep, report, lr, evaluate, exporting),
  or(status, why, cancel, logs, graph, verify, gc),
  or(runs, demo),
  completion,
  complete,
);

/** The flags of `sweep` as overrides: `--n-mels 10,20` is `frontend.n_mels=10,20`. */
export function axisOverrides(flags: SweepFlags): string[] {
  const pairs: [string, string | undefined][] = [
    ["model", flags.model],
    ["frontend", flags.frontend],
    ["setting", flags.setting],
    ["frontend.n_mels", flags.nMels],
    ["seed", flags.seed],
  ];
  return pairs.flatMap(([key, text]) => text === undefined ? [] : [`${key}=${text}`]);
}

export interface SweepFlags {
  readonly task: "kws" | "asr";
  /** Name of a ready-made sweep. */
  readonly config?: string | undefined;
  readonly nMels?: string | undefined;
  readonly setting?: string | undefined;
  readonly model?: string | undefined;
  readonly frontend?: string | undefined;
  readonly seed?: string | undefined;
}
