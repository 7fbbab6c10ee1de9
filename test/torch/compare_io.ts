/**
 * `deno task compare:torch --root FOLDER`: trains the same networks here and in PyTorch, from the same first weights with the
 * same batches, and prints both sides' test accuracies over seeds. Development only; needs Debian's python3-torch.
 */
import { fromFileUrl, resolve } from "@std/path";
import { parseArgs } from "@std/cli/parse-args";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { Rng } from "../../lib/base/random.ts";
import type { StoredTensor, WritableData } from "../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { buildNetwork } from "../../lib/models/network.ts";
import { createState, disposeState } from "../../lib/nn/state.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { type ExampleIndex, parseIndex, SPLITS } from "../../lib/records/example_index.ts";
import { type Metrics, parseMetrics } from "../../lib/records/metrics.ts";
import { epochOrder } from "../../lib/tasks/kws/sampler.ts";
import { openStore, type Store } from "../../pipeline/engine/store/store_io.ts";
import { taskNames } from "../../pipeline/engine/store/task_names_io.ts";
import { textTable } from "../../pipeline/report/text/table.ts";
import { openTorch, pythonCommand } from "./torch_io.ts";

const USAGE =
  `deno task compare:torch --root FOLDER [--epochs linear=10,bc_resnet=8] [--seeds 0,1,2] [--store DIR]
  --root     recordings of 16 kHz and 16 bits in Speech Commands' layout
  --store    where our trainings are kept; by default a folder that is removed at the end`;

/** Given to both sides, so that no default can differ. */
const OPTIM = {
  momentum: 0.9,
  model: { weight_decay: 1e-3, clip_norm: null },
  stft: { lr: 0.01, weight_decay: 0, clip_norm: null },
  mel: { lr: 1e-5, weight_decay: 0, clip_norm: 1 },
} as const;
const MODEL_RATES = { linear: 1e-3, bc_resnet: 0.05 } as const;
const SETTINGS = { linear: ["A", "D"], bc_resnet: ["A"] } as const;
const BATCH_SIZE = 100;

type Model = keyof typeof SETTINGS;

/** One training on both sides: test accuracy after the epoch of the lowest validation loss, and after the last. */
interface Compared {
  readonly model: Model;
  readonly setting: string;
  readonly seed: number;
  readonly ours: Accuracies;
  readonly torch: Accuracies;
}

interface Accuracies {
  readonly best: { readonly accuracy: number };
  readonly last: { readonly accuracy: number };
}

interface Request {
  readonly root: string;
  readonly epochs: Readonly<Record<Model, number>>;
  readonly seeds: readonly number[];
  readonly store: string;
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(error.reason === "usage" ? 2 : 1);
  }
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, { string: ["root", "epochs", "seeds", "store"], boolean: ["help"] });
  if (flags.help) return console.log(USAGE);
  if (flags.root === undefined) {
    throw new UserError("usage", `Cannot compare trainings: --root is missing.\n${USAGE}`);
  }
  await openTorch(); // so that what is missing is said first
  const scratch = Deno.makeTempDirSync({ prefix: "compare-" });
  try {
    const epochs = Object.fromEntries(
      (flags.epochs ?? "linear=10,bc_resnet=8").split(",").map((part: string) => part.split("=")),
    );
    const compared = await compare({
      root: resolve(flags.root),
      epochs: { linear: Number(epochs["linear"] ?? 0), bc_resnet: Number(epochs["bc_resnet"] ?? 0) },
      seeds: (flags.seeds ?? "0,1,2").split(",").map(Number),
      store: resolve(flags.store ?? `${scratch}/store`),
    }, scratch);
    console.log(comparisonTable(compared));
  } finally {
    // What the store holds is read-only.
    await new Deno.Command("chmod", { args: ["-R", "u+w", scratch] }).output();
    Deno.removeSync(scratch, { recursive: true });
  }
}

async function compare(request: Request, scratch: string): Promise<Compared[]> {
  const compared: Compared[] = [];
  await openBackend("cpu");
  await using peer = await startTraining();
  for (const model of ["linear", "bc_resnet"] as const) {
    if (request.epochs[model] === 0) continue;
    await trainOurs(model, request);
    const store = openStore(request.store);
    for (const setting of SETTINGS[model]) {
      for (const seed of request.seeds) {
        const dataset = request.root.split("/").at(-1);
        const run = `${dataset}-${model}-nnaudio-${setting}-mel40-seed${seed}`;
        const figures = objectPath(store, `evaluate/${run}`, "metrics.json");
        const ours = parseMetrics(Deno.readTextFileSync(figures), figures);
        const indexes = Object.fromEntries(
          SPLITS.map((split) => [split, objectPath(store, `index/${dataset}-${split}`, "index.json")]),
        );
        const train = indexes["train"]!;
        const start = `${scratch}/start.safetensors`;
        await writeStart(start, objectPath(store, `train/${run}`, "best.safetensors"), {
          index: parseIndex(Deno.readTextFileSync(train), train),
          seed,
          epochs: request.epochs[model],
        });
        const torch = await peer.train({
          model,
          setting,
          seed,
          start,
          indexes,
          root: request.root,
          classes: ours.classes.length,
          batch_size: BATCH_SIZE,
          optim: optimOf(model),
        });
        const both = (kind: "best" | "last") => ({ accuracy: accuracyOf(ours, kind) });
        compared.push({ model, setting, seed, ours: { best: both("best"), last: both("last") }, torch });
        console.error(JSON.stringify(compared.at(-1)));
      }
    }
  }
  return compared;
}

function accuracyOf({ columns, checkpoints }: Metrics, kind: "best" | "last"): number {
  const at = columns.findIndex(({ name }) => name === "accuracy");
  return checkpoints[kind].values[at] ?? NaN;
}

function optimOf(model: Model) {
  return { ...OPTIM, model: { lr: MODEL_RATES[model], ...OPTIM.model } };
}

/** As a user does it. */
async function trainOurs(model: Model, { root, epochs, seeds, store }: Request): Promise<void> {
  const optim = optimOf(model);
  const overrides = [
    "dataset=folder",
    `root=${root}`,
    "dataset.split={rule: ranked, validation_percent: 10, testing_percent: 20, salt: ''}",
    `model=${model}`,
    `setting=${SETTINGS[model].join(",")}`,
    `seed=${seeds.join(",")}`,
    `trainer.epochs=${epochs[model]}`,
    `trainer.batch_size=${BATCH_SIZE}`,
    "trainer.sampler=balanced",
    "frontend.normalise=batch",
    "optim.schedule={kind: constant}",
    `optim.momentum=${optim.momentum}`,
    ...(["model", "stft", "mel"] as const).flatMap((group) =>
      Object.entries(optim[group]).map(([key, value]) => `optim.${group}.${key}=${value}`)
    ),
  ];
  const cli = fromFileUrl(new URL("../../pipeline/cli.ts", import.meta.url));
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", cli, "sweep", "--store", store, ...overrides],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (code !== 0) {
    throw new UserError("unexpected", `Cannot compare ${model}: our own training ended with ${code}.`);
  }
}

/** Writes the weights that our training began with, and the clips of each epoch in their order. */
async function writeStart(
  path: string,
  trained: string,
  { index: { classes, examples }, seed, epochs }: {
    readonly index: ExampleIndex;
    readonly seed: number;
    readonly epochs: number;
  },
): Promise<void> {
  const { frontend, model, clipSamples } = parseCheckpoint(readTensors(trained).metadata, trained)!;
  const network = await buildNetwork(frontend, model, "clip", classes.length, clipSamples);
  const rng = Rng.fromSeed(seed);
  const labels = Int32Array.from(examples, (example) => classes.indexOf(example.labels[0]!));
  const sampler = { kind: "balanced", clipsPerEpoch: null } as const;
  const orders = Array.from(
    { length: epochs },
    (_, i) => epochOrder(sampler, labels, classes, rng.fork("batches").fork(i + 1)),
  );
  const state = createState(network, rng.fork("init"));
  const tensors = new Map<string, StoredTensor<WritableData>>();
  for (const [name, variable] of state) {
    tensors.set(name, { shape: variable.shape, data: variable.dataSync<"float32">() });
  }
  const order = Int32Array.from(orders.flatMap((clips) => [...clips]));
  tensors.set("order", { shape: [epochs, labels.length], data: order });
  writeTensors(path, tensors);
  disposeState(state);
}

function objectPath(store: Store, task: string, output: string): string {
  // Between a folder's name and the rest stands which folder it is, and behind it what was asked for here.
  const names = taskNames(store.root).filter((name) => name.replace(/-[0-9a-f]{6}-/, "-").startsWith(task));
  const receipts = names.flatMap((name) => store.lastReceipt(name) ?? []);
  const [last] = receipts.sort((a, b) => a.startedAt < b.startedAt ? 1 : -1);
  return store.objectPath(last!.outputs[output]!, output);
}

/** PyTorch, on all cores. */
async function startTraining() {
  const child = pythonCommand(await openTorch(), new URL("training.py", import.meta.url), {
    threads: navigator.hardwareConcurrency,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const replies = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async train(request: object): Promise<Accuracies> {
      await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      let text = "";
      while (!text.includes("\n")) {
        const { value, done } = await replies.read();
        if (done) {
          throw new UserError("unexpected", "Cannot compare: PyTorch's side ended; its message is above.");
        }
        text += value;
      }
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {});
      await replies.cancel();
      await child.status;
    },
  };
}

function comparisonTable(compared: readonly Compared[]): string {
  const rows = [...new Set(compared.map(({ model, setting }) => `${model} ${setting}`))];
  const right = { align: "right" } as const;
  return textTable(
    [{ title: "run" }, { title: "checkpoint" }, { title: "ours", ...right }, { title: "PyTorch", ...right }, {
      title: "difference",
      ...right,
    }],
    rows.flatMap((row) =>
      (["best", "last"] as const).map((kind) => {
        const runs = compared.filter(({ model, setting }) => `${model} ${setting}` === row);
        const [ours, torch] = (["ours", "torch"] as const).map((side) =>
          moments(runs.map((run) => run[side][kind].accuracy))
        );
        const text = ({ mean, deviation }: Moments) =>
          `${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)} %`;
        return [row, kind, text(ours!), text(torch!), (100 * (ours!.mean - torch!.mean)).toFixed(1)];
      })
    ),
  );
}

interface Moments {
  readonly mean: number;
  /** Of the sample, with n - 1. */
  readonly deviation: number;
}

function moments(values: readonly number[]): Moments {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
