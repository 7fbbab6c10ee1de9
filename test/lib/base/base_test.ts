import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { sha256, sha256Json, startSha256 } from "../../../lib/base/digest.ts";
import { canonicalJson, type Json } from "../../../lib/base/json.ts";
import { nearest } from "../../../lib/base/nearest.ts";
import { Rng } from "../../../lib/base/random.ts";
import { schemaProblem } from "../../../lib/base/schema_problem.ts";

Deno.test("canonicalJson() does not depend on the order of keys", () => {
  assertEquals(
    canonicalJson({ b: [1, { d: null, c: "x" }], a: true }),
    '{"a":true,"b":[1,{"c":"x","d":null}]}',
  );
  assertEquals(sha256Json({ x: 1, y: 2 }), sha256Json({ y: 2, x: 1 }));
});

Deno.test("canonicalJson() names the path of what is not JSON", () => {
  assertThrows(() => canonicalJson({ a: [1, NaN] }), TypeError, "$.a[1]");
  assertThrows(() => canonicalJson({ a: undefined } as unknown as Json), TypeError, "$.a");
});

Deno.test("sha256() agrees with the published vector, whole or in pieces", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, appendix B.1
  const running = startSha256();
  running.update("a");
  running.update("bc");
  assertEquals([sha256("abc"), running.hex()], [abc, abc]);
});

Deno.test("Rng gives the same numbers for the same seed and others for another", () => {
  const draw = (seed: number) => Array.from({ length: 4 }, ((r) => () => r.bits())(Rng.fromSeed(seed)));
  assertEquals(draw(7), draw(7));
  assertNotEquals(draw(7), draw(8));
});

Deno.test("Rng.fork() depends on the label and not on what was drawn", () => {
  const a = Rng.fromSeed(1);
  const before = a.fork("x").bits();
  a.bits();
  assertEquals(a.fork("x").bits(), before);
  assertNotEquals(a.fork("y").bits(), before);
});

Deno.test("Rng draws have the moments of their distributions", () => {
  const rng = Rng.fromSeed(0);
  const n = 20_000;
  const mean = (f: () => number) => Array.from({ length: n }, f).reduce((s, x) => s + x, 0) / n;
  // Six standard errors: one failure in half a billion seeds, and the seed is fixed.
  assert(Math.abs(mean(() => rng.uniform()) - 0.5) < 6 * Math.sqrt(1 / 12 / n));
  assert(Math.abs(mean(() => rng.normal())) < 6 / Math.sqrt(n));
  assert(Math.abs(mean(() => rng.normal() ** 2) - 1) < 6 * Math.sqrt(2 / n));
  assert(Math.abs(mean(() => rng.integer(7)) - 3) < 6 * Math.sqrt(4 / n));
});

Deno.test("Rng.shuffle() keeps the items and moves them", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = Rng.fromSeed(3).shuffle(items);
  assertNotEquals(shuffled, items);
  assertEquals(shuffled.toSorted((a, b) => a - b), items);
});

Deno.test("nearest() finds small slips and nothing for another word", () => {
  const keys = ["n_mels", "n_fft", "hop_samples", "f_min_hz"];
  assertEquals(["nmels", "n_mles", "hop_sample", "batch"].map((k) => nearest(k, keys)), [
    "n_mels",
    "n_mels",
    "hop_samples",
    undefined,
  ]);
});

Deno.test("schemaProblem() names the place, unless the whole is meant", () => {
  const message = 'Unrecognized key: "b"';
  assertEquals(schemaProblem({ issues: [{ path: ["a", 0], message }] }), `a.0: ${message}`);
  assertEquals(schemaProblem({ issues: [{ path: [], message }] }), message);
});
