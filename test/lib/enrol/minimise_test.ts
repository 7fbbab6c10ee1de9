import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { minimise } from "../../../lib/enrol/minimise.ts";

const OPTIONS = { iterations: 200, tolerance: 1e-9 };

Deno.test("minimise() finds the least value of a quadratic whose axes differ a thousandfold", () => {
  const scales = [1, 10, 1000];
  const found = minimise(
    (x, gradient) => {
      scales.forEach((scale, i) => gradient[i] = scale * (x[i]! - i));
      return scales.reduce((sum, scale, i) => sum + scale / 2 * (x[i]! - i) ** 2, 0);
    },
    new Float64Array(3).fill(5),
    OPTIONS,
  );
  found.forEach((value, i) => assertAlmostEquals(value, i, 1e-6));
});

Deno.test("minimise() goes through Rosenbrock's valley", () => {
  const found = minimise(
    (x, gradient) => {
      const [a, b] = [x[0]!, x[1]!];
      gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a);
      gradient[1] = 200 * (b - a * a);
      return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
    },
    Float64Array.of(-1.2, 1),
    OPTIONS,
  );
  assertAlmostEquals(found[0]!, 1, 1e-5);
  assertAlmostEquals(found[1]!, 1, 1e-5);
});

Deno.test("minimise() never gives back more than it began with, and stays where there is nothing to gain", () => {
  const start = Float64Array.of(2);
  const value = (x: Float64Array, gradient: Float64Array) => {
    gradient[0] = Math.sign(x[0]!);
    return Math.abs(x[0]!);
  };
  assert(Math.abs(minimise(value, start, { iterations: 3, tolerance: 0 })[0]!) <= 2);
  const flat = (_: Float64Array, gradient: Float64Array) => (gradient.fill(0), 1);
  assertEquals(minimise(flat, start, OPTIONS), start);
});
