import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type CosineRestartsSpec,
  type Course,
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

/** Ten steps an epoch. */
const COURSE = { epochs: 10, stepsPerEpoch: 10, validationLosses: [] };

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
  return peakRate(spec)! * rateFactor(spec, step, COURSE);
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
  const groups = {
    model: { lr: null },
    stft: { lr: 0.02, clipNorm: 1 },
    mel: { lr: null },
    pcen: { lr: 0.3 },
  };
  assertEquals(withPeakRates(groups, PAPER), {
    model: { lr: 0.1 },
    stft: { lr: 0.02, clipNorm: 1 },
    mel: { lr: 0.1 },
    pcen: { lr: 0.3 },
  });
  assertThrows(
    () => withPeakRates(groups, { kind: "constant" }),
    RangeError,
    "No learning rate for mel: the schedule is constant",
  );
});

function factors(spec: ScheduleSpec, steps: readonly number[], course: Course = COURSE): number[] {
  return steps.map((step) => Number(rateFactor(spec, step, course).toFixed(12)));
}

Deno.test("a cosine rises over whole and broken epochs, falls to 0 at the last step and stays there", () => {
  const spec: ScheduleSpec = { kind: "cosine", warmupEpochs: 2 };
  assertEquals(factors(spec, [0, 9, 18, 19, 59, 99, 100, 5000]), [0.05, 0.5, 0.95, 1, 0.5, 0, 0, 0]);
  assertEquals(factors({ ...spec, warmupEpochs: 0.4 }, [0, 1, 2, 3]), [0.25, 0.5, 0.75, 1]);
  assertEquals(factors({ ...spec, warmupEpochs: 0 }, [49, 99]), [0.5, 0]);
});

Deno.test("one cycle is that of torch.optim.lr_scheduler.OneCycleLR", () => {
  // OneCycleLR(optimizer, max_lr=1, total_steps=10, pct_start=0.3, div_factor=25, final_div_factor=1e4)
  const wanted = [0.04, 0.52, 1, 0.9504846320134737, 0.8117456539497631, 0.6112620219362893];
  const spec: ScheduleSpec = { kind: "one_cycle", rise: 0.3, start: 0.04, end: 4e-6 };
  const course = { ...COURSE, epochs: 2, stepsPerEpoch: 5 };
  for (const [step, factor] of wanted.entries()) {
    assertAlmostEquals(rateFactor(spec, step, course), factor, 1e-6, `step ${step}`);
  }
  assertAlmostEquals(rateFactor(spec, 9, course), 4e-6, 1e-12);
  assertAlmostEquals(rateFactor(spec, 12, course), 4e-6, 1e-12);
});

Deno.test("steps fall behind the epochs that are named", () => {
  const spec: ScheduleSpec = { kind: "steps", afterEpochs: [3, 5], factor: 0.1 };
  assertEquals(factors(spec, [0, 29, 30, 49, 50, 99]), [1, 1, 0.1, 0.1, 0.01, 0.01]);
});

Deno.test("a plateau lowers the rate as torch.optim.lr_scheduler.ReduceLROnPlateau", () => {
  const spec: ScheduleSpec = { kind: "plateau", factor: 0.5, patience: 1, threshold: 0.1 };
  const losses = [1, 0.8, 0.75, 0.74, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6];
  const found = losses.map((_, epoch) =>
    rateFactor(spec, 0, { ...COURSE, validationLosses: losses.slice(0, epoch + 1) })
  );
  assertEquals(found, [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625]);
});
