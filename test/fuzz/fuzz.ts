/** Feeds damaged input to readers: each must read it or refuse it in a sentence, soon, in little memory. */
import { assert } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../lib/base/errors.ts";

/** Inputs for each reader; FUZZ_RUNS=100000 tries longer. */
export const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 1000);
/** Whatever an input claims, more than this is never allocated for it. */
export const MEMORY_BOUND = 64 << 20;
/** A reader that takes this long for a few kilobytes hangs; a busy machine does not reach it. */
const HANG_MS = 20_000;

/** What was tried, or where something is wrong; what was found or wanted; a full stop. */
const SENTENCE = /^(?:Cannot |.+: |.+ is not set: )[\s\S]{10,}[.?]$/;

/** One change of a file. */
export type Damage =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "field"; readonly at: number; readonly value: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly at: number; readonly count: number };

/** Numbers where readers go wrong. */
const EDGES = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Places are parts of the whole, most of them near the start, where headers are. */
const place = fc.oneof(
  { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((x) => x ** 6) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: place, value: fc.nat(255) }),
  fc.record({
    kind: fc.constant("field" as const),
    at: place,
    value: fc.oneof(fc.constantFrom(...EDGES), fc.nat(0xffffffff)),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({ kind: fc.constant("insert" as const), at: place, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant("remove" as const), at: place, count: fc.nat(40) }),
);

/** Files that are sound but for a few changes. */
export function damaged(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...files), fc.array(damage, { minLength: 1, maxLength: 6 }))
    .map(([file, changes]) => changes.reduce(applyDamage, file));
}

/** Texts that are sound but for a few changes. */
export function damagedText(texts: readonly string[]): fc.Arbitrary<string> {
  const bytes = texts.map((text) => new TextEncoder().encode(text));
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\t",
    '"',
    "'",
    "#",
    "&a",
    "*a",
    "!!x",
    "|",
    "- ",
    "\0",
    "=",
    "\\",
  );
  return fc.oneof(
    damaged(bytes).map((file) => new TextDecoder().decode(file)),
    fc.tuple(fc.constantFrom(...texts), fc.array(fc.tuple(place, piece), { maxLength: 5 })).map((
      [text, pieces],
    ) =>
      pieces.reduce((whole, [at, extra]) => {
        const index = Math.floor(at * whole.length);
        return whole.slice(0, index) + extra + whole.slice(index);
      }, text)
    ),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
  );
}

/** Fails if reading crashes without a sentence, takes for ever, or holds too much memory. */
export async function mustReadOrRefuse(read: () => unknown): Promise<void> {
  const [begun, before] = [performance.now(), memory()];
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UserError)) throw new Error(`crashed: ${(error as Error).stack}`);
    assert(
      SENTENCE.test(error.message) && !/undefined|\[object/.test(error.message),
      `no sentence: ${error.message}`,
    );
  }
  assert(performance.now() - begun < HANG_MS, "took too long");
  assert(memory() - before < MEMORY_BOUND, `took ${(memory() - before) >> 20} MiB`);
}

/** Runs a property as a test; the seed of a failure is in its message. */
export function fuzz<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
  runs = RUNS,
): void {
  const property = fc.asyncProperty(inputs, async (input) => await check(input));
  Deno.test(`${name} (${runs} inputs)`, () => fc.assert(property, { numRuns: runs }));
}

function applyDamage(file: Uint8Array, change: Damage): Uint8Array {
  const at = Math.floor(change.at * Math.max(0, file.length - 1));
  switch (change.kind) {
    case "set":
      return file.map((byte, i) => i === at ? change.value : byte);
    case "field": {
      const copy = file.slice();
      if (at + 4 <= copy.length) new DataView(copy.buffer).setUint32(at, change.value, true);
      return copy;
    }
    case "cut":
      return file.slice(0, at);
    case "insert":
      return joined(file.subarray(0, at), change.bytes, file.subarray(at));
    case "remove":
      return joined(file.subarray(0, at), file.subarray(at + change.count));
    default:
      throw change satisfies never;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

/** Arrays and objects together. */
function memory(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
