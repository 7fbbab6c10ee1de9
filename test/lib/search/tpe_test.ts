import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import {
  countOf,
  type Domain,
  drawValues,
  sizeOf,
  type Space,
  unitOf,
  valueAt,
  type Values,
} from "../../../lib/search/space.ts";
import { ParzenEstimator, suggest } from "../../../lib/search/tpe.ts";

const DOMAINS: Domain[] = [
  { kind: "logarithmic", low: 1e-4, high: 1 },
  { kind: "uniform", low: -0.5, high: 0.25 },
  { kind: "uniform", low: 1000, high: 1001 },
  { kind: "int", low: 3, high: 9 },
];

Deno.test("valueAt() and unitOf() are each other's inverse, within the domain", () => {
  for (const domain of DOMAINS) {
    if (domain.kind === "choice") continue;
    for (const unit of [0, 0.001, 0.3, 0.5, 0.999, 1]) {
      const value = Number(valueAt(domain, unit));
      assert(value >= domain.low && value <= domain.high, `${JSON.stringify(domain)} ${unit} ${value}`);
      const precision = domain.kind === "int" ? 0.5 / countOf(domain) + 1e-9 : 1e-3;
      assertAlmostEquals(unitOf(domain, value), unit, precision);
    }
  }
});

Deno.test("valueAt() gives numbers that a person can type", () => {
  const rng = Rng.fromSeed(0);
  for (let i = 0; i < 200; i++) {
    const lr = String(valueAt(DOMAINS[0]!, rng.uniform()));
    assert(lr.replace(/^0\.0*/, "").replace(/e.*$/, "").replace(".", "").length <= 4, lr);
    assert(String(valueAt(DOMAINS[1]!, rng.uniform())).length <= 7);
  }
});

Deno.test("drawValues() is uniform in the domain: of logarithms, of numbers, of choices", () => {
  const rng = Rng.fromSeed(1);
  const space: Space = [
    ...DOMAINS.map((domain, i) => ({ key: `k${i}`, domain })),
    { key: "c", domain: { kind: "choice", values: ["a", "b", "c", "d"] } },
  ];
  const draws = Array.from({ length: 4000 }, () => drawValues(space, rng));
  const share = (test: (values: Values) => boolean) => draws.filter(test).length / draws.length;
  assertAlmostEquals(share(([lr]) => Number(lr) < 1e-2), 0.5, 0.03);
  assertAlmostEquals(share(([, x]) => Number(x) < -0.125), 0.5, 0.03);
  for (let n = 3; n <= 9; n++) assertAlmostEquals(share((values) => values[3] === n), 1 / 7, 0.02);
  assertAlmostEquals(share((values) => values[4] === "b"), 0.25, 0.03);
  assertEquals([sizeOf(space), sizeOf(space.slice(3))], [Infinity, 28]);
});

Deno.test("ParzenEstimator's density adds up to 1", () => {
  const [lr, n] = [DOMAINS[0]!, DOMAINS[3]!];
  const choice: Domain = { kind: "choice", values: ["a", "b", [1, 2]] };
  const space: Space = [{ key: "lr", domain: lr }, { key: "n", domain: n }, { key: "c", domain: choice }];
  const estimator = new ParzenEstimator(space, [[0.001, 4, "a"], [0.9, 9, [1, 2]], [1e-4, 3, "a"]]);
  let sum = 0;
  const points = 2000;
  for (let i = 0; i < points; i++) {
    for (let k = 3; k <= 9; k++) {
      for (const c of choice.values) {
        // Unrounded, as the sum is over places.
        const value = 1e-4 * 10 ** (4 * (i + 0.5) / points);
        sum += Math.exp(estimator.logDensity([value, k, c])) / points;
      }
    }
  }
  assertAlmostEquals(sum, 1, 1e-3);
});

Deno.test("ParzenEstimator draws as its density says", () => {
  const space: Space = [{ key: "n", domain: { kind: "int", low: 0, high: 9 } }, {
    key: "c",
    domain: { kind: "choice", values: ["a", "b"] },
  }];
  const estimator = new ParzenEstimator(space, [[2, "a"], [2, "a"], [7, "b"]]);
  const rng = Rng.fromSeed(2);
  const draws = Array.from({ length: 20_000 }, () => JSON.stringify(estimator.draw(rng)));
  for (let n = 0; n < 10; n++) {
    for (const c of ["a", "b"]) {
      const drawn = draws.filter((text) => text === JSON.stringify([n, c])).length / draws.length;
      assertAlmostEquals(drawn, Math.exp(estimator.logDensity([n, c])), 0.01);
    }
  }
});

Deno.test("suggest() finds the bottom of a bowl with fewer tries than chance", () => {
  const space: Space = [
    { key: "lr", domain: { kind: "logarithmic", low: 1e-4, high: 1 } },
    { key: "x", domain: { kind: "uniform", low: 0, high: 1 } },
    { key: "c", domain: { kind: "choice", values: ["a", "b", "c"] } },
  ];
  const loss = ([lr, x, c]: Values) =>
    (Math.log10(Number(lr)) + 3) ** 2 + 4 * (Number(x) - 0.8) ** 2 + (c === "b" ? 0 : 0.5);
  const lowest = (seed: number, model: boolean) => {
    const seen: Values[] = [];
    for (let i = 0; i < 60; i++) {
      const rng = Rng.fromSeed(seed).fork(i);
      const ranked = seen.toSorted((a, b) => loss(a) - loss(b));
      seen.push(!model || i < 10 ? drawValues(space, rng) : suggest(space, ranked, [], rng));
    }
    return Math.min(...seen.map(loss));
  };
  const seeds = Array.from({ length: 10 }, (_, i) => i);
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length / 2]!;
  const [chance, model] = [false, true].map((on) => median(seeds.map((seed) => lowest(seed, on))));
  assert(model! < chance! / 2, `${model} against ${chance}`);
});

Deno.test("suggest() stays away from what is under way", () => {
  const space: Space = [{ key: "x", domain: { kind: "uniform", low: 0, high: 1 } }];
  const places = Array.from({ length: 20 }, (_, i) => 0.025 + 0.05 * i);
  const ranked = places.toSorted((a, b) => Math.abs(a - 0.5) - Math.abs(b - 0.5)).map((x): Values => [x]);
  const near = (pending: Values[]) => {
    const found = Array.from(
      { length: 50 },
      (_, i) => Number(suggest(space, ranked, pending, Rng.fromSeed(i))[0]),
    );
    return found.filter((x) => Math.abs(x - 0.5) < 0.1).length;
  };
  const [alone, crowded] = [near([]), near(Array.from({ length: 8 }, (): Values => [0.5]))];
  assert(alone > 25, `${alone}`);
  assert(crowded < alone / 2, `${crowded} of ${alone}`);
});
