/** Hashes every object again, and removes what is damaged if asked to. */
import { namesIn, removeTree } from "./atomic_io.ts";
import { contentOf } from "./content_io.ts";
import { objectName, receiptName } from "./layout.ts";
import { missingObject } from "../cache/receipt_io.ts";
import type { Store } from "./store_io.ts";

export interface StoreProblem {
  /** Path relative to the store's root. */
  readonly name: string;
  readonly problem: string;
  /** Task names whose receipts need it. */
  readonly tasks: readonly string[];
}

export interface VerifyReport {
  readonly receipts: number;
  readonly objects: number;
  readonly bytes: number;
  readonly problems: readonly StoreProblem[];
  /** Names of what was removed; empty unless `repair` was asked for. */
  readonly removed: readonly string[];
}

export interface VerifyOptions {
  /** Removes damaged objects, and receipts that are damaged or need such an object: their tasks run again. */
  readonly repair: boolean;
  readonly onProgress?: (objects: number, bytes: number) => void;
}

/** Compares all objects with their names and all receipts with their objects. */
export async function verifyStore(store: Store, options: VerifyOptions): Promise<VerifyReport> {
  const { users, receipts, problems, doomed } = readReceipts(store);
  let objects = 0;
  let bytes = 0;
  for (const name of objectNames(store.root)) {
    const { problem, size } = await checkObject(`${store.root}/${name}`, name);
    objects++;
    bytes += size;
    options.onProgress?.(objects, bytes);
    if (problem === undefined) continue;
    const needing = users.get(name) ?? [];
    problems.push({ name, problem, tasks: needing.map((user) => user.task) });
    // Receipts go first, so that none ever points to an object that is gone.
    for (const user of needing) doomed.add(user.receipt);
    doomed.add(name);
  }
  const removed = options.repair ? remove(store.root, doomed) : [];
  return { receipts, objects, bytes, problems, removed };
}

/** Object names, `objects/<aa>/<digest><ext>`; what is called otherwise was not put there by a store. */
export function* objectNames(root: string): Iterable<string> {
  for (const folder of namesIn(`${root}/objects`)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of namesIn(`${root}/objects/${folder}`)) {
      if (OBJECT_FILE.test(name)) yield `objects/${folder}/${name}`;
    }
  }
}

const OBJECT_FILE = /^([0-9a-f]{64})(?:\.\w+)?$/;

type User = { readonly task: string; readonly receipt: string };

function readReceipts(store: Store) {
  const users = new Map<string, User[]>();
  const problems: StoreProblem[] = [];
  const doomed = new Set<string>();
  let receipts = 0;
  for (const key of store.local.keys()) {
    receipts++;
    const name = receiptName(key);
    const reading = store.local.reading(key);
    if (reading.kind !== "found") {
      problems.push({
        name,
        problem: reading.kind === "damaged" ? reading.problem : "it vanished",
        tasks: [],
      });
      doomed.add(name);
      continue;
    }
    const { task, outputs } = reading.receipt;
    for (const [outputName, output] of Object.entries(outputs)) {
      const object = objectName(output, outputName);
      users.set(object, [...(users.get(object) ?? []), { task, receipt: name }]);
    }
    const missing = missingObject(store.root, reading.receipt);
    if (missing === undefined) continue;
    problems.push({ name, problem: `${missing} is missing or has another size`, tasks: [task] });
    doomed.add(name);
  }
  return { users, receipts, problems, doomed };
}

async function checkObject(path: string, name: string): Promise<{ problem?: string; size: number }> {
  const wanted = OBJECT_FILE.exec(name.slice(name.lastIndexOf("/") + 1))?.[1];
  try {
    const found = await contentOf(path, "refuse");
    if (found.digest === wanted) return { size: found.bytes };
    return { problem: `its bytes have the digest ${found.digest.slice(0, 8)}`, size: found.bytes };
  } catch (error) {
    return { problem: (error as Error).message, size: 0 };
  }
}

function remove(root: string, names: ReadonlySet<string>): readonly string[] {
  const order = [...names].sort((a, b) =>
    Number(a.startsWith("objects/")) - Number(b.startsWith("objects/"))
  );
  for (const name of order) removeTree(`${root}/${name}`);
  return order;
}
