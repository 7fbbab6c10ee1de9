/** A whole graph that runs in seconds, what it makes when nothing disturbs it, and how a store compares with that. */
import { sha256Json } from "../../lib/base/digest.ts";
import { openStore, type Store } from "../../pipeline/engine/store/store_io.ts";
import type { Receipt, RunEvent } from "../../pipeline/engine/types.ts";
import { verifyStore } from "../../pipeline/engine/store/verify_io.ts";
import { tarGz, writeSpeechCommands } from "../support/archives.ts";
import { badServer, good } from "../support/bad_server.ts";
import { type CommandResult, finish, parseEvents, ProjectCopy } from "../support/project.ts";
import { sha256 } from "../../lib/base/digest.ts";

/** Stages whose outputs tell how long other tasks took; they are compared without that. */
const TELLS_TIMES = ["aggregate", "report"];

/** What makes every stage quick and every byte come again. */
const TINY = [
  "trainer.epochs=3",
  "trainer.batch_size=8",
  "backend=wasm",
  "setting=D",
  "n_mels=10",
];

const TARGETS = "dataset.targets=[no,yes]";

export interface Undisturbed {
  /** Task -> what its outputs must be. */
  readonly results: ReadonlyMap<string, string>;
  /** Task -> how long it took. */
  readonly seconds: ReadonlyMap<string, number>;
  /** Task -> names of its outputs. */
  readonly outputs: ReadonlyMap<string, readonly string[]>;
  /** Names of the tasks, in the order in which they started. */
  readonly order: readonly string[];
}

export interface Trial extends AsyncDisposable {
  readonly name: string;
  readonly undisturbed: Undisturbed;
  /** A store that does not exist yet. */
  freshStore(): string;
  /** A complete store of an undisturbed run, as a copy of its own. */
  completeStore(): Promise<string>;
  /** Starts the graph as a user does, the first process of a process group, with events on standard output. */
  start(store: string): Deno.ChildProcess;
  run(store: string): Promise<CommandResult & { readonly events: readonly RunEvent[] }>;
  /** Another command on the same store, such as `verify`. */
  command(...args: string[]): Promise<CommandResult>;
}

/** Synthesized speech: synthesize, index, features, train, evaluate, aggregate. */
export async function synthesisTrial(): Promise<Trial> {
  const project = new ProjectCopy();
  const speech = [
    "words=[no,yes]",
    "clips_per_word=6",
    "voices=6",
    "noise_seconds=3",
    "unknown=0",
    "silence=1",
  ];
  const split = ["rule=ranked", "validation_percent=25", "testing_percent=25"];
  const data = [...speech.map((s) => `dataset.${s}`), ...split.map((s) => `dataset.split.${s}`)];
  return await openTrial("synthesis", project, ["kws", "dataset=spoken_mini", TARGETS, ...data, ...TINY], []);
}

/** Synthesized sentences: synthesize, index, features, train a recogniser, evaluate, aggregate. */
export async function recognitionTrial(): Promise<Trial> {
  const data = ["dataset=spoken_sentences", "dataset.voices=4", "dataset.sentences_per_voice=2"];
  return await openTrial("recognition", new ProjectCopy(), ["asr", ...data, ...TINY], []);
}

/** Downloaded archives: download, unpack, index, features, train, evaluate, aggregate. */
export async function downloadTrial(): Promise<Trial> {
  const project = new ProjectCopy();
  const files: Record<string, Uint8Array> = {};
  const server = badServer([(exchange) => good(files[exchange.path]!, '"1"', 64 << 10)(exchange)]);
  const [main, test] = [`${project.root}/main`, `${project.root}/test`];
  writeSpeechCommands(main, test);
  const path = `${project.root}/data/sources.json`;
  const sources = JSON.parse(Deno.readTextFileSync(path));
  for (
    const [name, folder] of [["speech_commands_v0.02", main], [
      "speech_commands_test_set_v0.02",
      test,
    ]] as const
  ) {
    const archive = await tarGz(folder);
    files[`/${name}.tar.gz`] = archive;
    const url = `http://127.0.0.1:${server.port}/${name}.tar.gz`;
    sources[name] = { ...sources[name], url, bytes: archive.length, sha256: sha256(archive) };
  }
  Deno.writeTextFileSync(path, JSON.stringify(sources));
  return await openTrial("download", project, ["kws", "dataset=speech_commands", TARGETS, ...TINY], [server]);
}

/** What is wrong with a store: damage, or results other than the undisturbed ones. Whatever is there must be whole. */
export async function problemsOf(storePath: string, { results }: Undisturbed): Promise<string[]> {
  const problems: string[] = [];
  const store = openStore(storePath, { onWarning: (message) => problems.push(message) });
  for (const { name, problem } of (await verifyStore(store, { repair: false })).problems) {
    problems.push(`${name}: ${problem}`);
  }
  for (const receipt of store.receipts()) {
    if (store.local.receipt(receipt.key) === undefined) continue;
    const found = await resultOf(store, receipt);
    if (found !== results.get(receipt.task)) {
      problems.push(`${receipt.task} has other bytes than undisturbed`);
    }
  }
  return problems;
}

/** The same, and every task must be done. */
export async function incompleteness(storePath: string, undisturbed: Undisturbed): Promise<string[]> {
  const problems = await problemsOf(storePath, undisturbed);
  const store = openStore(storePath);
  for (const task of undisturbed.results.keys()) {
    const last = store.lastReceipt(task);
    if (last === undefined || store.local.receipt(last.key) === undefined) {
      problems.push(`${task} is not done`);
    }
  }
  return problems;
}

/** @param args The command and its arguments. */
async function openTrial(
  name: string,
  project: ProjectCopy,
  args: readonly string[],
  helpers: readonly AsyncDisposable[],
): Promise<Trial> {
  let stores = 0;
  const freshStore = (): string => `${project.root}/stores/${stores++}`;
  const start = (store: string): Deno.ChildProcess =>
    new Deno.Command("setsid", {
      args: [
        Deno.execPath(),
        "run",
        "--allow-all",
        "--config",
        `${project.root}/deno.json`,
        `${project.root}/pipeline/cli.ts`,
        ...args,
        `--store=${store}`,
        "--json",
      ],
      cwd: project.root,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const run = async (store: string) => {
    const result = await finish(start(store));
    return { ...result, events: parseEvents(result.stdout) };
  };
  const whole = freshStore();
  const { code, stderr, events } = await run(whole);
  if (code !== 0) throw new Error(`The undisturbed run of ${name} failed:\n${stderr}`);
  return {
    name,
    undisturbed: await describe(whole, events),
    freshStore,
    async completeStore() {
      const copy = freshStore();
      await new Deno.Command("cp", { args: ["-a", whole, copy] }).output();
      return copy;
    },
    start,
    run,
    command: (...command) => project.run(...command),
    async [Symbol.asyncDispose]() {
      for (const helper of helpers) await helper[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    },
  };
}

async function describe(storePath: string, events: readonly RunEvent[]): Promise<Undisturbed> {
  const store = openStore(storePath);
  const order = events.flatMap((event) => event.type === "task-started" ? [event.task] : []);
  const receipts = order.map((task) => store.lastReceipt(task)!);
  const results = await Promise.all(receipts.map((receipt) => resultOf(store, receipt)));
  return {
    results: new Map(order.map((task, i) => [task, results[i]!])),
    outputs: new Map(receipts.map(({ task, outputs }) => [task, Object.keys(outputs)])),
    seconds: new Map(receipts.map(({ task, seconds }) => [task, seconds])),
    order,
  };
}

/** One text that is equal where the outputs are. */
async function resultOf(store: Store, { task, outputs }: Receipt): Promise<string> {
  const stage = task.split("/")[0]!;
  if (!TELLS_TIMES.includes(stage)) return sha256Json(digestsOf(outputs));
  const output = outputs["results.json"];
  if (output === undefined) return "done";
  const text = await Deno.readTextFile(store.objectPath(output, "results.json"));
  try {
    return sha256Json(JSON.parse(text).rows.map((row: object) => ({ ...row, train_seconds: null })));
  } catch (error) {
    return `unreadable: ${(error as Error).message}`; // a flipped bit
  }
}

function digestsOf(outputs: Receipt["outputs"]): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { digest }]) => [name, digest]));
}
