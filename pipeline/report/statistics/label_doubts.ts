/**
 * Labels that look wrong: those that several networks, none of which was trained on them, contradict with confidence.
 * Confident learning takes for granted that a network tells each class better than it confuses it with any other. So a
 * network has a say only about classes that it tells right more often than not, beyond what chance could do with so few
 * examples; one that guesses has none, however sure it is. Pure.
 *
 * @see Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70, 2021
 */
import { rateInterval } from "../../../lib/metrics/interval.ts";
import type { Predictions } from "../../../lib/records/predictions.ts";

/** Least probability of the other class, whatever a network gives it on average. */
const CONFIDENT = 0.9;
/** Fewer runs that agree say little. */
const LEAST_RUNS = 2;
/** A class is told if so many of its examples are, by the lower end of Wilson's 95 % interval: no other class has as many. */
const LEAST_RECALL = 1 / 2;

export interface LabelDoubt {
  readonly name: string;
  readonly label: string;
  /** What networks take it for. */
  readonly told: string;
  /** How many runs are confident of that, of how many that tell the label's class. */
  readonly runs: number;
  readonly of: number;
  /** Mean of the probability that these runs give it. */
  readonly posterior: number;
}

/** Takes in one run after the other, so that nobody needs to hold all predictions at once. */
export class LabelDoubts {
  /** Runs with a say about an example, by its name. */
  readonly #told = new Map<string, number>();
  /** Probabilities of runs that are confident, by name, label and other class. */
  readonly #against = new Map<string, number[]>();
  #judges = 0;

  /** How many runs tell any class, so that they have a say. */
  get judges(): number {
    return this.#judges;
  }

  /** @param predictions On examples that the network was not trained on; those without probabilities tell nothing. */
  add({ classes, examples }: Pick<Predictions, "classes" | "examples">): void {
    const usual = usualConfidence(classes, examples);
    const known = toldClasses(examples);
    if (known.size > 0) this.#judges++;
    for (const { name, labels, posteriors } of examples) {
      if (posteriors === null || labels.length !== 1 || !known.has(labels[0]!)) continue;
      this.#told.set(name, (this.#told.get(name) ?? 0) + 1);
      const best = posteriors.indexOf(Math.max(...posteriors));
      const [told, posterior] = [classes[best]!, posteriors[best]!];
      if (told === labels[0] || !known.has(told) || posterior < Math.max(CONFIDENT, usual[best]!)) continue;
      const key = JSON.stringify([name, labels[0], told]);
      const others = this.#against.get(key);
      if (others === undefined) this.#against.set(key, [posterior]);
      else others.push(posterior);
    }
  }

  /** Those that most runs contradict first. */
  list(): LabelDoubt[] {
    return [...this.#against].flatMap(([key, posteriors]): LabelDoubt[] => {
      const [name, label, told] = JSON.parse(key) as [string, string, string];
      const [runs, of] = [posteriors.length, this.#told.get(name)!];
      if (runs < LEAST_RUNS || 2 * runs < of) return [];
      const posterior = posteriors.reduce((sum, one) => sum + one, 0) / runs;
      return [{ name, label, told, runs, of, posterior }];
    }).sort((a, b) =>
      b.runs / b.of - a.runs / a.of || b.posterior - a.posterior || (a.name < b.name ? -1 : 1)
    );
  }
}

/** Classes that a network tells right more often than not, as far as its examples show. */
function toldClasses(examples: Predictions["examples"]): ReadonlySet<string> {
  const counts = new Map<string, { right: number; all: number }>();
  for (const { labels: [label, ...more], posteriors, told } of examples) {
    if (label === undefined || more.length > 0 || posteriors === null) continue;
    const { right, all } = counts.get(label) ?? { right: 0, all: 0 };
    counts.set(label, { right: right + Number(told.length === 1 && told[0] === label), all: all + 1 });
  }
  const told = [...counts].filter(([, { right, all }]) => rateInterval(right / all, all).low > LEAST_RECALL);
  return new Set(told.map(([label]) => label));
}

/** Of each class its mean probability over the examples that have it as their label: the thresholds of the paper. */
function usualConfidence(
  classes: readonly string[],
  examples: Predictions["examples"],
): readonly number[] {
  const sums = classes.map(() => ({ sum: 0, count: 0 }));
  for (const { labels, posteriors } of examples) {
    const own = classes.indexOf(labels[0] ?? "");
    if (posteriors === null || labels.length !== 1 || own < 0) continue;
    sums[own]!.sum += posteriors[own]!;
    sums[own]!.count++;
  }
  return sums.map(({ sum, count }) => count === 0 ? 1 : sum / count);
}

/** A list as `dataset.exclude` takes it. @param title Of the report. */
export function doubtsText(doubts: readonly LabelDoubt[], title: string): string {
  const lines = doubts.map(({ name, label, told, runs, of, posterior }) =>
    `${name}\t${label}, taken for ${told} by ${runs} of ${of} runs that tell ${label}, probability ${
      posterior.toFixed(2)
    }`
  );
  return [
    `# Labels of the test split that look wrong: ${title}.`,
    "# Listen to each, delete the lines of those that are right, and give what is left to dataset.exclude.",
    ...lines,
    "",
  ].join("\n");
}
