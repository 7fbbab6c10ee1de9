import { assert, assertEquals, assertThrows } from "@std/assert";
import { crc32c } from "../../../lib/formats/crc32c.ts";
import { encodeMessage } from "../../../lib/formats/protobuf.ts";
import { encodeEvents, type Summary } from "../../../lib/formats/tensorboard.ts";
import { encodeRecords } from "../../../lib/formats/tfrecord.ts";
import { decodeMessage, readEvents, readRecords } from "../../support/events.ts";

const PYTHON = "/usr/bin/python3";
const hex = (bytes: Uint8Array) => bytes.toHex();

// RFC 3720, appendix B.4; the last is the usual check value of CRC catalogues.
const checksums: readonly (readonly [string, Uint8Array, number])[] = [
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 times ff", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(), 0],
];
for (const [name, bytes, wanted] of checksums) {
  Deno.test(`crc32c() of ${name}`, () => assertEquals(crc32c(bytes), wanted));
}

Deno.test("encodeMessage() writes the examples of the encoding's documentation", () => {
  assertEquals(hex(encodeMessage([{ field: 1, int: 150 }])), "089601");
  assertEquals(hex(encodeMessage([{ field: 2, text: "testing" }])), "120774657374696e67");
  assertEquals(hex(encodeMessage([{ field: 3, message: [{ field: 1, int: 150 }] }])), "1a03089601");
});

Deno.test("encodeMessage() writes numbers up to 2^53 - 1 and refuses others", () => {
  for (const int of [0, 1, 127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    assertEquals(decodeMessage(encodeMessage([{ field: 7, int }]))[0]!.value, BigInt(int));
  }
  for (const int of [-1, 0.5, NaN, 2 ** 53]) {
    assertThrows(() => encodeMessage([{ field: 1, int }]), RangeError);
  }
});

Deno.test("encodeRecords() frames records; a flipped bit anywhere is found", () => {
  const records = [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(7)];
  const file = encodeRecords(records);
  assertEquals(readRecords(file).map(hex), records.map(hex));
  for (let at = 0; at < 40; at++) {
    const damaged = file.slice();
    damaged[at]! ^= 0x10;
    assertThrows(() => readRecords(damaged));
  }
});

const summaries: readonly Summary[] = [
  { tag: "loss/training", step: 32, kind: "scalar", value: 1.5 },
  { tag: "loss/training", step: 64, kind: "scalar", value: 0.75 },
  {
    tag: "weights",
    step: 64,
    kind: "histogram",
    values: Float32Array.from({ length: 1000 }, (_, i) => i / 999),
  },
  { tag: "constant", step: 64, kind: "histogram", values: [3, 3, 3] },
  { tag: "filters", step: 64, kind: "image", width: 2, height: 3, png: Uint8Array.of(1, 2, 3) },
  { tag: "config", step: 0, kind: "text", text: "| é |\n|---|" },
];

Deno.test("encodeEvents() writes what an independent reader finds again", () => {
  const file = encodeEvents(summaries);
  const [first, second, histogram, constant, image, text] = readEvents(file);
  assertEquals(first, { tag: "loss/training", step: 32, scalar: 1.5 });
  assertEquals(second, { tag: "loss/training", step: 64, scalar: 0.75 });
  const { min, max, num, counts, limits } = histogram!.histogram!;
  assertEquals([min, max, num], [0, 1, 1000]);
  assertEquals([counts.length, counts.reduce((a, b) => a + b), limits.at(-1)], [64, 1000, 1]);
  assert(counts.every((count) => count === 15 || count === 16), counts.join());
  assertEquals(constant!.histogram!.counts, [3]);
  assertEquals(image!.image, { width: 2, height: 3, png: Uint8Array.of(1, 2, 3) });
  assertEquals(text!.text, "| é |\n|---|");
  assertEquals(encodeEvents(summaries), file);
});

Deno.test({
  name: "Google's protobuf library reads the events",
  ignore: !await hasProtobuf(),
  fn: async () => {
    const path = Deno.makeTempFileSync();
    Deno.writeFileSync(path, encodeEvents(summaries));
    const script = new URL("../../support/read_events.py", import.meta.url).pathname;
    const { stdout, stderr, code } = await new Deno.Command(PYTHON, { args: [script, path] }).output();
    Deno.removeSync(path);
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertEquals(JSON.parse(new TextDecoder().decode(stdout)), [
      { version: "brain.Event:2" },
      { tag: "loss/training", step: 32, wall_time: 32, scalar: 1.5 },
      { tag: "loss/training", step: 64, wall_time: 64, scalar: 0.75 },
      { tag: "weights", step: 64, wall_time: 64, histogram: [1000, 0, 1, 1000] },
      { tag: "constant", step: 64, wall_time: 64, histogram: [3, 3, 3, 3] },
      { tag: "filters", step: 64, wall_time: 64, image: [2, 3, 3, 3] },
      { tag: "config", step: 0, wall_time: 0, text: "| é |\n|---|", plugin: "text" },
    ]);
  },
});

/** Skips, with the reason on the console, where there is none; in CI that is a failure. */
async function hasProtobuf(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(PYTHON, { args: ["-c", "import google.protobuf"] }).output();
    if (success) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (Deno.env.get("CI") === "true") throw new Error("python3-protobuf is missing: install it");
  console.log(`${PYTHON} has no google.protobuf: reading event files with it is skipped`);
  return false;
}
