/** Two runs example by example: what one gets and the other does not, and how sure their difference is. Pure. */
import { UserError } from "../../../lib/base/errors.ts";
import { conditionTitle } from "../../../lib/records/condition.ts";
import type { Metrics } from "../../../lib/records/metrics.ts";
import type { PredictedExample, Predictions } from "../../../lib/records/predictions.ts";
import type { GainInterval } from "../../../lib/records/results.ts";
import { gainOf } from "./gains.ts";
import { outcomesOf } from "./outcomes.ts";

/** A run as it was tested. */
export interface TestedRun {
  readonly run: string;
  /** First digits of its key. */
  readonly id: string;
  readonly metrics: Metrics;
  readonly predictions: Predictions;
}

/** An example of which the two make something else, in score. */
export interface Disagreement {
  readonly a: PredictedExample;
  readonly b: PredictedExample;
}

/** Of examples of one class, how many are told right by whom. */
export interface ClassAgreement {
  readonly label: string;
  readonly examples: number;
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

export interface ClipComparison {
  /** B minus A, as gains are. */
  readonly difference: GainInterval;
  /** In the order of the classes; empty where examples are sequences of them. */
  readonly classes: readonly ClassAgreement[];
  /** Told better by the one than by the other, by class, then by name. */
  readonly onlyA: readonly Disagreement[];
  readonly onlyB: readonly Disagreement[];
}

/** @throws {UserError} `usage` if they were tested on different examples, or asked different questions. */
export function compareClips(a: TestedRun, b: TestedRun): ClipComparison {
  checkSameTest(a, b);
  const pairs = a.predictions.examples.map((example, i) => ({ a: example, b: b.predictions.examples[i]! }));
  const sign = a.metrics.columns[0]!.lowerIsBetter ? -1 : 1;
  const isBetter = (one: PredictedExample, other: PredictedExample) => sign * (one.score - other.score) > 0;
  const isSequence = pairs.some(({ a }) => a.posteriors === null);
  const ordered = inOrder(pairs, isSequence ? [] : a.predictions.classes);
  return {
    difference: differenceOf(a, b),
    classes: isSequence
      ? []
      : [...Map.groupBy(ordered, classOf)].map(([label, of]) => agreementOf(label, of)),
    onlyA: ordered.filter(({ a, b }) => isBetter(a, b)),
    onlyB: ordered.filter(({ a, b }) => isBetter(b, a)),
  };
}

function agreementOf(label: string, of: readonly Disagreement[]): ClassAgreement {
  const told = (rightA: boolean, rightB: boolean) =>
    of.filter(({ a, b }) => (a.score === a.of) === rightA && (b.score === b.of) === rightB).length;
  return {
    label,
    examples: of.length,
    both: told(true, true),
    onlyA: told(true, false),
    onlyB: told(false, true),
    neither: told(false, false),
  };
}

function differenceOf(a: TestedRun, b: TestedRun): GainInterval {
  const rowOf = (run: string, { metrics: { checkpoints, tested } }: TestedRun) => ({
    run,
    seed: 0,
    score: checkpoints[tested].score,
  });
  const outcomes = new Map([["a", outcomesOf(a.predictions)], ["b", outcomesOf(b.predictions)]]);
  return gainOf([[rowOf("b", b), rowOf("a", a)]], outcomes);
}

/** By class, then by name. @param classes In their order; empty: by name alone. */
function inOrder(pairs: readonly Disagreement[], classes: readonly string[]): Disagreement[] {
  const rank = new Map(classes.map((label, i) => [label, i]));
  const rankOf = (pair: Disagreement) => rank.get(classOf(pair)) ?? 0;
  return pairs.toSorted((x, y) => rankOf(x) - rankOf(y) || (x.a.name < y.a.name ? -1 : 1));
}

function classOf({ a: { labels } }: Disagreement): string {
  return labels[0] ?? "";
}

function checkSameTest(a: TestedRun, b: TestedRun): void {
  const refuse = (found: string, wanted: string) => {
    throw new UserError("usage", `Cannot compare ${a.run} with ${b.run}: ${found}. ${wanted}`);
  };
  const [one, other] = [a.predictions, b.predictions];
  const testOf = ({ split, condition }: Predictions) =>
    `${split}, ${condition === null ? "recordings as they are" : conditionTitle(condition)}`;
  if (one.task !== other.task) {
    refuse(`the one is a network of ${one.task}, the other of ${other.task}`, "Compare runs of one task.");
  }
  if (testOf(one) !== testOf(other)) {
    refuse(`tested on ${testOf(one)}, and on ${testOf(other)}`, "Compare them under one condition.");
  }
  const names = new Map(one.examples.map((example) => [example.name, example]));
  const shared = other.examples.filter(({ name }) => names.has(name));
  if (shared.length !== one.examples.length || shared.length !== other.examples.length) {
    refuse(
      `they were tested on ${one.examples.length} and ${other.examples.length} examples, of which ${shared.length} are the same`,
      "Test both on the same data set and split.",
    );
  }
  const strange = shared.find(({ name, labels }) => names.get(name)!.labels.join(" ") !== labels.join(" "));
  if (strange !== undefined) {
    refuse(
      `${strange.name} is ${names.get(strange.name)!.labels.join(" ")} for the one and ${
        strange.labels.join(" ")
      } for the other`,
      "Compare runs with the same dataset.targets.",
    );
  }
  if (outcomesOf(one).examples !== outcomesOf(other).examples) {
    refuse(
      "their examples have the same names in another order, or other speakers",
      "Test both on the same data set and split.",
    );
  }
}
