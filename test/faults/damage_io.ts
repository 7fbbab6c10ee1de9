/** Stores that are damaged between two runs: flipped bits, records cut short, locks left behind, a clock set back. */
import type { Rng } from "../../lib/base/random.ts";
import { lockName, manifestName, objectName, receiptName } from "../../pipeline/engine/store/layout.ts";
import { identityOf } from "../../pipeline/engine/store/process_io.ts";
import { openStore, type Store } from "../../pipeline/engine/store/store_io.ts";
import type { Receipt } from "../../pipeline/engine/types.ts";
import { completes } from "./kills_io.ts";
import { incompleteness, problemsOf, type Trial } from "./trial_io.ts";
import { type Outcome, outcome, type Tally } from "./tally.ts";

/** One bit of every stored file in turn; `verify` must see it, and whoever reads it must get the right bytes. */
export async function flipBits(trial: Trial, rng: Rng, tally: Tally, most = Infinity): Promise<void> {
  for (const [task, output] of take(outputsOf(trial), most, rng)) {
    const path = await trial.completeStore();
    const store = openStore(path);
    const receipt = store.lastReceipt(task)!;
    const object = store.objectPath(receipt.outputs[output]!, output);
    flipOneBit(object, rng);
    const name = objectName(receipt.outputs[output]!, output);
    tally.add("bit flipped: verify names it", await verifyNames(trial, path, name));
    for (const reader of readersOf(store, receipt, output)) forget(path, reader);
    tally.add("bit flipped: readers run again", await readersGetIt(trial, path, task));
  }
}

export async function cutRecords(trial: Trial, rng: Rng, tally: Tally, most = Infinity): Promise<void> {
  for (const task of take([...trial.undisturbed.results.keys()], most, rng)) {
    const path = await trial.completeStore();
    cut(`${path}/${receiptName(openStore(path).lastReceipt(task)!.key)}`, rng);
    tally.add("receipt cut short", await completes(trial, path));
  }
  const path = await trial.completeStore();
  for (const receipt of openStore(path).receipts()) {
    cut(`${path}/${manifestName(receipt.fingerprint.code.digest)}`, rng);
  }
  tally.add("lists of code cut short", await completes(trial, path));
}

/** Locks whose owner died, whose number another process has now, or who ran before the machine was started anew. */
export async function leaveLocks(trial: Trial, tally: Tally): Promise<void> {
  const dead = new Deno.Command("true").spawn();
  await dead.status;
  const alive = identityOf(Deno.pid);
  const owners = {
    "lock of a dead process": { ...alive, pid: dead.pid, started: "1" },
    "lock of a reused process number": { ...alive, started: "1" },
    "lock from before a restart": { ...alive, boot: "00000000-0000-0000-0000-000000000000" },
  };
  for (const [fault, owner] of Object.entries(owners)) {
    const path = await trial.completeStore();
    const keys = [...openStore(path).receipts()].map(({ key }) => key);
    for (const key of keys) {
      Deno.writeTextFileSync(
        `${path}/${lockName(key)}`,
        `${JSON.stringify({ token: `left-${key}`, owner })}\n           7\n`,
      );
    }
    forget(path, openStore(path).lastReceipt(trial.undisturbed.order[1]!)!);
    forget(path, openStore(path).lastReceipt(trial.undisturbed.order.at(-1)!)!);
    tally.add(fault, await completes(trial, path));
  }
}

/** Everything on disk is from the day after tomorrow, as when the clock is set back. */
export async function setClockBack(trial: Trial, tally: Tally): Promise<void> {
  const path = await trial.completeStore();
  const future = new Date(Date.now() + 48 * 3600 * 1000);
  for (const name of walk(path)) Deno.utimeSync(name, future, future);
  tally.add("clock set back: all is fresh", await staysFresh(trial, path));
  forget(path, openStore(path).lastReceipt(trial.undisturbed.order.at(-2)!)!);
  tally.add("clock set back: a task runs", await completes(trial, path));
  const gc = await trial.command("gc", "--delete", `--store=${path}`);
  const trouble = gc.code === 0 ? [] : [gc.stderr];
  tally.add(
    "clock set back: gc",
    await outcome(problemsOf(path, trial.undisturbed).then((p) => [...p, ...trouble])),
  );
}

async function staysFresh(trial: Trial, path: string): Promise<Outcome> {
  const { code, events, stderr } = await trial.run(path);
  const ran = events.filter((event) => event.type === "task-started").length;
  return { survived: code === 0 && ran === 0, trouble: `exit status ${code}, ${ran} tasks ran: ${stderr}` };
}

async function verifyNames(trial: Trial, path: string, name: string): Promise<Outcome> {
  const { code, stdout } = await trial.command("verify", `--store=${path}`, "--json");
  const named = JSON.parse(stdout).problems.map((problem: { name: string }) => problem.name);
  return { survived: code === 1 && named.join() === name, trouble: `exit status ${code}, named: ${named}` };
}

/** An object that nobody reads stays as it is until `verify --repair`; any other is made again by the run. */
async function readersGetIt(trial: Trial, path: string, task: string): Promise<Outcome> {
  const { code, stderr } = await trial.run(path);
  if (code !== 0) return { survived: false, trouble: `${task}: exit status ${code}: ${stderr.slice(-300)}` };
  if ((await incompleteness(path, trial.undisturbed)).length > 0) {
    await trial.command("verify", "--repair", `--store=${path}`);
    return await completes(trial, path);
  }
  return { survived: true, trouble: "" };
}

function outputsOf(trial: Trial): (readonly [task: string, output: string])[] {
  return [...trial.undisturbed.outputs].flatMap(([task, names]) =>
    names.map((name) => [task, name] as const)
  );
}

function readersOf(store: Store, maker: Receipt, output: string): Receipt[] {
  const { digest } = maker.outputs[output]!;
  return [...store.receipts()].filter(({ fingerprint }) =>
    Object.values(fingerprint.inputs).includes(digest)
  );
}

function forget(path: string, receipt: Receipt): void {
  Deno.removeSync(`${path}/${receiptName(receipt.key)}`);
}

/** Of one of the files, if it is a folder. */
function flipOneBit(path: string, rng: Rng): void {
  const files = Deno.statSync(path).isDirectory
    ? [...walk(path)].filter((name) => Deno.statSync(name).size > 0)
    : [path];
  const file = rng.pick(files);
  const bytes = Deno.readFileSync(file);
  bytes[rng.integer(bytes.length)]! ^= 1 << rng.integer(8);
  overwrite(file, bytes);
}

function cut(path: string, rng: Rng): void {
  const bytes = Deno.readFileSync(path);
  if (bytes.length > 0) overwrite(path, bytes.subarray(0, rng.integer(bytes.length)));
}

function overwrite(path: string, bytes: Uint8Array): void {
  Deno.chmodSync(path, 0o644);
  Deno.writeFileSync(path, bytes);
  Deno.chmodSync(path, 0o444);
}

/** All files below a folder. */
function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (entry.isFile) yield path;
  }
}

function take<T>(items: readonly T[], most: number, rng: Rng): readonly T[] {
  return most >= items.length ? items : rng.shuffle(items).slice(0, most);
}
