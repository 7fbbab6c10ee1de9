/** Receipts on disk: read with suspicion, written so that the rename is the commit. */
import { taskKey } from "../fingerprint.ts";
import { namesIn } from "../store/atomic_io.ts";
import { objectName, receiptName } from "../store/layout.ts";
import type { Manifests } from "./manifests_io.ts";
import { ENGINE_FORMAT, type Fingerprint, type Receipt, type StoredOutput, type TaskKey } from "../types.ts";

/** A receipt, or why there is none that counts. */
export type ReceiptReading =
  | { readonly kind: "found"; readonly receipt: Receipt }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged"; readonly problem: string };

/** A receipt as it is on disk. */
type StoredReceipt = Omit<Receipt, "fingerprint"> & {
  readonly fingerprint: Omit<Fingerprint, "code"> & { readonly code: string };
};

/** @param receipt Its code is stored apart, by {@link Manifests.keep}. */
export function receiptText(receipt: Receipt): string {
  const { fingerprint } = receipt;
  const stored: StoredReceipt = {
    ...receipt,
    fingerprint: { ...fingerprint, code: fingerprint.code.digest },
  };
  return `${JSON.stringify(stored, undefined, 1)}\n`;
}

/**
 * Reads the receipt of `key`; its objects are not looked at.
 *
 * @param expected What the key was made from, if the caller knows: comparing is faster than computing the key again.
 */
export function readReceipt(
  root: string,
  key: TaskKey,
  manifests: Manifests,
  expected?: Fingerprint,
): ReceiptReading {
  let text: string;
  try {
    text = Deno.readTextFileSync(`${root}/${receiptName(key)}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "absent" };
    return { kind: "damaged", problem: `it cannot be read (${(error as Error).message})` };
  }
  const stored = storedIn(text);
  if (typeof stored === "string") return { kind: "damaged", problem: stored };
  try {
    const code = manifests.read(stored.fingerprint.code, expected?.code);
    const receipt: Receipt = { ...stored, fingerprint: { ...stored.fingerprint, code } };
    const problem = problemOf(receipt, key, expected);
    return problem === undefined ? { kind: "found", receipt } : { kind: "damaged", problem };
  } catch (error) {
    return { kind: "damaged", problem: (error as Error).message };
  }
}

/** What a file has of a receipt, or what is wrong with it, in words. */
function storedIn(text: string): StoredReceipt | string {
  if (text.trim() === "") return "it is empty";
  try {
    const stored = JSON.parse(text) as StoredReceipt | null;
    const isOne = typeof stored?.fingerprint?.code === "string" && stored.outputs instanceof Object;
    return isOne ? stored : "it is no receipt";
  } catch {
    return "it was cut off or changed";
  }
}

/** Name of the first object that is missing or has another size, if any. */
export function missingObject(root: string, receipt: Pick<Receipt, "outputs">): string | undefined {
  for (const [outputName, output] of Object.entries(receipt.outputs)) {
    const name = objectName(output, outputName);
    if (!objectLooksRight(`${root}/${name}`, output)) return name;
  }
  return undefined;
}

/** All keys that have a receipt file, in no order. */
export function* receiptKeys(root: string): Iterable<TaskKey> {
  for (const folder of namesIn(`${root}/receipts`)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of namesIn(`${root}/receipts/${folder}`)) {
      const key = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
      if (key !== undefined) yield key as TaskKey;
    }
  }
}

function objectLooksRight(path: string, output: StoredOutput): boolean {
  try {
    const info = Deno.lstatSync(path);
    return output.kind === "tree" ? info.isDirectory : info.isFile && info.size === output.bytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The key is computed again, so that a receipt edited or cut off by accident does not count. */
function problemOf(receipt: Receipt, key: TaskKey, expected?: Fingerprint): string | undefined {
  if (receipt.format !== ENGINE_FORMAT) return `found format ${receipt.format}, wanted ${ENGINE_FORMAT}`;
  const { fingerprint } = receipt;
  const same = expected !== undefined && sameText(fingerprint, expected);
  if (receipt.key !== key || (!same && taskKey(fingerprint) !== key)) {
    return "its key does not follow from its content";
  }
  const bad = Object.entries(receipt.outputs).find(([, output]) =>
    !/^[0-9a-f]{64}$/.test(output.digest) || !Number.isSafeInteger(output.bytes) ||
    (output.kind !== "file" && output.kind !== "tree")
  );
  return bad === undefined ? undefined : `output ${bad[0]} is not described in full`;
}

/** False also where equal things are only worded otherwise. */
function sameText(a: Fingerprint, b: Fingerprint): boolean {
  return a.format === b.format && a.stage === b.stage && a.code.digest === b.code.digest &&
    JSON.stringify(a.slice) === JSON.stringify(b.slice) &&
    JSON.stringify(a.inputs) === JSON.stringify(b.inputs);
}
