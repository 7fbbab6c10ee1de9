import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type CosineRestartsSpec,
  peakRate,
  rateFactor,
  type ScheduleSpec,
  withPeakRates,
} from "../../../lib/train/schedule.ts";

const PAPER: CosineRestartsSpec = {
  kind: "cosine_restarts",
  firstCycleSteps: 5000,
  cycleMult: 1,
  maxLr: 0.1,
  minLr: 0.001,
  warmupSteps: 4240,
  gamma: 0.5,
};

/** The published scheduler as it is used: an object with a state, stepped once after each optimizer step. */
class SteppedScheduler {
  #inCycle = 0;
  #cycle = 0;
  #length: number;
  readonly #spec: CosineRestartsSpec;

  constructor(spec: CosineRestartsSpec) {
    this.#spec = spec;
    this.#length = spec.firstCycleSteps;
  }

  rate(): number {
    const { minLr, maxLr, gamma, warmupSteps } = this.#spec;
    const maximum = maxLr * gamma ** this.#cycle;
    if (this.#inCycle < warmupSteps) return (maximum - minLr) * this.#inCycle / warmupSteps + minLr;
    const angle = Math.PI * (this.#inCycle - warmupSteps) / (this.#length - warmupSteps);
    return minLr + (maximum - minLr) * (1 + Math.cos(angle)) / 2;
  }

  step(): void {
    this.#inCycle++;
    if (this.#inCycle < this.#length) return;
    const { cycleMult, warmupSteps } = this.#spec;
    this.#cycle++;
    this.#inCycle -= this.#length;
    this.#length = Math.trunc((this.#length - warmupSteps) * cycleMult) + warmupSteps;
  }
}

function rate(spec: ScheduleSpec, step: number): number {
  return peakRate(spec)! * rateFactor(spec, step);
}

Deno.test("rateFactor() warms up, anneals and restarts at half the maximum with the paper's values", () => {
  const table = [
    [0, 0.001],
    [2120, 0.0505],
    [4240, 0.1],
    [4620, 0.0505],
    [4999, 0.001 + 0.099 * (1 - Math.cos(Math.PI / 760)) / 2],
    [5000, 0.001],
    [9240, 0.05],
    [14240, 0.025],
    [39240, 0.1 / 128], // below the minimum, as in the source
  ];
  for (const [step, wanted] of table) assertAlmostEquals(rate(PAPER, step!), wanted!, 1e-15, `step ${step}`);
});

const CYCLES: readonly [string, CosineRestartsSpec][] = [
  ["the paper's values", PAPER],
  ["cycles that double", { ...PAPER, firstCycleSteps: 13, warmupSteps: 3, cycleMult: 2, gamma: 0.8 }],
  ["cycles of rounded lengths", { ...PAPER, firstCycleSteps: 10, warmupSteps: 3, cycleMult: 1.3 }],
  ["no warm-up", { ...PAPER, firstCycleSteps: 7, warmupSteps: 0, gamma: 1 }],
];

for (const [name, spec] of CYCLES) {
  Deno.test(`rateFactor() agrees at every step with a scheduler that is stepped: ${name}`, () => {
    const scheduler = new SteppedScheduler(spec);
    for (let step = 0; step < 16_000; step++) {
      assertAlmostEquals(rate(spec, step), scheduler.rate(), 1e-12, `step ${step}`);
      scheduler.step();
    }
  });
}

Deno.test("rateFactor() of an exponential grows by one factor from low to high", () => {
  const spec: ScheduleSpec = { kind: "exponential", lowLr: 1e-5, highLr: 10, steps: 7 };
  for (const [step, wanted] of [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10].entries()) {
    assertAlmostEquals(rate(spec, step) / wanted, 1, 1e-12);
  }
});

Deno.test("withPeakRates() gives the schedule's rate to the groups that set none, and keeps the others'", () => {
  const groups = { model: { lr: null }, stft: { lr: 0.02, clipNorm: 1 }, mel: { lr: null }, momentum: 0.9 };
  assertEquals(withPeakRates(groups, PAPER), {
    model: { lr: 0.1 },
    stft: { lr: 0.02, clipNorm: 1 },
    mel: { lr: 0.1 },
    momentum: 0.9,
  });
  assertThrows(
    () => withPeakRates(groups, { kind: "constant" }),
    RangeError,
    "No learning rate for mel: the schedule is constant",
  );
});
