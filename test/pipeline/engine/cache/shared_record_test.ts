import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sha256Json } from "../../../../lib/base/digest.ts";
import {
  keptRecord,
  objectOf,
  readSharedRecord,
  sameResults,
  type SharedRecord,
  sharedRecordText,
} from "../../../../pipeline/engine/cache/shared_record.ts";
import type { ContentDigest, Receipt } from "../../../../pipeline/engine/types.ts";
import { NO_CODE, receiptFor, task } from "../../../support/tasks.ts";

const plain = receiptFor(task("train/a", { x: "x" }), { x: "0".repeat(64) as ContentDigest }, "text");
const tree = { kind: "tree" as const, digest: "1".repeat(64) as ContentDigest, bytes: 10, files: 2 };
const receipt: Receipt = { ...plain, outputs: { ...plain.outputs, audio: tree } };
const RECORD: SharedRecord = { receipt, archives: { audio: { sha256: "2".repeat(64), bytes: 4096 } } };
const code = () => NO_CODE;

Deno.test("a shared record is read as it was written", () => {
  const text = sharedRecordText(RECORD);
  assertEquals(readSharedRecord(text, receipt.key, code), { kind: "found", record: RECORD });
  assert(!text.includes("declarations"), "code is named by its digest");
  assertEquals(objectOf(RECORD, "audio"), RECORD.archives["audio"]);
  assertEquals(objectOf(RECORD, "out.txt"), { sha256: plain.outputs["out.txt"]!.digest, bytes: 4 });
  assertEquals(keptRecord(text), {
    key: receipt.key,
    objects: [objectOf(RECORD, "out.txt")!, objectOf(RECORD, "audio")!],
  });
});

/** @param change Of a record as it is written, by somebody who knows how. */
function read(change: (value: ReturnType<typeof JSON.parse>) => void): string {
  const value = JSON.parse(sharedRecordText(RECORD));
  change(value);
  value.sha256 = sha256Json({ receipt: value.receipt, archives: value.archives });
  const reading = readSharedRecord(JSON.stringify(value), receipt.key, code);
  return reading.kind === "wrong" ? reading.problem : "found";
}

const wrong: readonly (readonly [string, Parameters<typeof read>[0], string])[] = [
  ["of another format", (it) => it.cache = 2, "cache"],
  ["of another engine", (it) => it.receipt.format = 2, "format"],
  ["of another key", (it) => it.receipt.key = "a".repeat(64), "the key aaaaaaaa"],
  ["whose slice was changed", (it) => it.receipt.fingerprint.slice = { seed: 1 }, "does not follow"],
  ["whose inputs were changed", (it) => it.receipt.fingerprint.inputs.x = "3".repeat(64), "does not follow"],
  [
    "with a digest that is a path",
    (it) => it.receipt.outputs["out.txt"].digest = "../../x",
    "wanted a SHA-256",
  ],
  [
    "with an output outside",
    (it) => it.receipt.outputs["../x"] = it.receipt.outputs["out.txt"],
    "Invalid key in record",
  ],
  ["with a log outside", (it) => it.receipt.log = "../../etc/passwd", "wanted the path of a log"],
  ["with a log in a folder above", (it) => it.receipt.log = "logs/../../x", "wanted the path of a log"],
  ["without an archive", (it) => it.archives = {}, "no archive of the folder audio"],
  ["with a size that is none", (it) => it.receipt.outputs["out.txt"].bytes = -1, "bytes"],
];
for (const [name, change, problem] of wrong) {
  Deno.test(`a shared record ${name} does not count`, () => assertStringIncludes(read(change), problem));
}

Deno.test("a shared record of which a bit is another does not count, whichever it is", () => {
  const text = sharedRecordText(RECORD);
  for (let at = 0; at < text.length - 1; at += 3) {
    const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    assertEquals(readSharedRecord(changed, receipt.key, code).kind, "wrong", changed.slice(at - 10, at + 10));
  }
});

Deno.test("what is no record does not count", () => {
  assertEquals(readSharedRecord("<html>", receipt.key, code), { kind: "wrong", problem: "it is not JSON" });
  assertEquals(keptRecord("[1]"), "it is no record");
  assertStringIncludes(String(keptRecord(sharedRecordText(RECORD).replace("train/a", ""))), "task");
});

Deno.test("sameResults() compares outputs and nothing else", () => {
  assert(sameResults(receipt, { ...receipt, host: "other", seconds: 9 }));
  assert(
    !sameResults(receipt, {
      ...receipt,
      outputs: { ...receipt.outputs, audio: { ...tree, digest: plain.outputs["out.txt"]!.digest } },
    }),
  );
  assert(!sameResults(receipt, plain));
});
