/**
 * Tree-structured Parzen estimators: configurations like the good ones and unlike the others. One estimator over all
 * values together, a kernel for each configuration seen, so that values that go together are drawn together.
 *
 * Bergstra, Bardenet, Bengio and Kégl 2011, "Algorithms for Hyper-Parameter Optimization"; kernels as in BOHB (Falkner,
 * Klein and Hutter 2018), their widths, their prior and the share of good ones as in Optuna's
 * `TPESampler(multivariate=True)`.
 */
import type { Json } from "../base/json.ts";
import type { Rng } from "../base/random.ts";
import { normalCdf } from "../metrics/distributions.ts";
import { countOf, type Domain, type Space, unitOf, valueAt, type Values } from "./space.ts";

/** Of the configurations seen this share is good, rounded up, at most so many. */
const [GOOD_SHARE, MOST_GOOD] = [0.1, 25];
/** So many are drawn like the good ones; the one that is likest them and unlikest the others is taken. */
const CANDIDATES = 24;
/** Width of kernels for one observation, as a share of the domain (Scott's rule with this factor). */
const WIDTH = 0.2;
/** Kernels are no narrower than the domain over this, or over how many there are. */
const NARROWEST = 100;

/**
 * @param ranked Configurations whose outcome is known, the best first; what failed comes last, so that nobody goes there
 * again. At least one.
 * @param pending Those under way: they count as bad, so that several drawn at the same time do not crowd together.
 */
export function suggest(
  space: Space,
  ranked: readonly Values[],
  pending: readonly Values[],
  rng: Rng,
): Values {
  const count = Math.min(Math.ceil(GOOD_SHARE * ranked.length), MOST_GOOD);
  const good = new ParzenEstimator(space, ranked.slice(0, count));
  const bad = new ParzenEstimator(space, [...ranked.slice(count), ...pending]);
  let best: { readonly values: Values; readonly gain: number } | undefined;
  for (let i = 0; i < CANDIDATES; i++) {
    const values = good.draw(rng);
    const gain = good.logDensity(values) - bad.logDensity(values);
    if (best === undefined || gain > best.gain) best = { values, gain };
  }
  return best!.values;
}

/** A mixture with equal weights of a kernel around each observation, and of a prior over the whole space. */
export class ParzenEstimator {
  readonly #space: Space;
  readonly #kernels: readonly (readonly Kernel[])[];

  constructor(space: Space, observations: readonly Values[]) {
    this.#space = space;
    const count = Math.max(1, observations.length);
    const width = Math.min(
      1,
      Math.max(WIDTH * count ** (-1 / (space.length + 4)), 1 / Math.min(NARROWEST, 1 + count)),
    );
    this.#kernels = [
      ...observations.map((values) =>
        space.map(({ domain }, i) => kernelAt(domain, values[i]!, width, observations.length))
      ),
      space.map(({ domain }) => priorOf(domain)),
    ];
  }

  draw(rng: Rng): Values {
    const kernel = rng.pick(this.#kernels);
    return this.#space.map(({ domain }, i) => valueAt(domain, kernel[i]!.draw(rng)));
  }

  /** Natural logarithm of the density of a configuration, reals and logarithms of reals measured as shares of their domain. */
  logDensity(values: Values): number {
    const logs = this.#kernels.map((kernel) =>
      kernel.reduce((sum, one, i) => sum + Math.log(one.density(values[i]!)), 0)
    );
    const most = Math.max(...logs);
    return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
  }
}

interface Kernel {
  /** A place in the domain, in [0, 1). */
  draw(rng: Rng): number;
  /** Of a value; > 0 within the domain. */
  density(value: Json): number;
}

function kernelAt(domain: Domain, value: Json, width: number, observations: number): Kernel {
  if (domain.kind === "choice") return choiceKernel(domain.values, value, observations);
  return normalKernel(domain, unitOf(domain, Number(value)), width);
}

/** As wide as the domain, in its middle; all choices alike. */
function priorOf(domain: Domain): Kernel {
  return domain.kind === "choice" ? choiceKernel(domain.values, undefined, 0) : normalKernel(domain, 0.5, 1);
}

/** A normal distribution cut off at the ends of the domain. */
function normalKernel(domain: Exclude<Domain, { kind: "choice" }>, mean: number, width: number): Kernel {
  const share = (from: number, to: number) =>
    normalCdf((to - mean) / width) - normalCdf((from - mean) / width);
  const whole = share(0, 1);
  return {
    draw(rng) {
      for (;;) { // the mean is inside, so that at least a third is
        const unit = mean + width * rng.normal();
        if (unit >= 0 && unit < 1) return unit;
      }
    },
    density(value) {
      const unit = unitOf(domain, Number(value));
      if (domain.kind === "int") {
        const half = 0.5 / countOf(domain);
        return Math.max(Number.MIN_VALUE, share(unit - half, unit + half) / whole);
      }
      const deviation = (unit - mean) / width;
      const density = Math.exp(-deviation * deviation / 2) / (width * Math.sqrt(2 * Math.PI) * whole);
      return Math.max(Number.MIN_VALUE, density);
    },
  };
}

/** @param chosen What it stands for has weight 1 more than others, which share 1 among all kernels; undefined: none has. */
function choiceKernel(values: readonly Json[], chosen: Json | undefined, observations: number): Kernel {
  const texts = values.map((value) => JSON.stringify(value));
  const at = chosen === undefined ? -1 : texts.indexOf(JSON.stringify(chosen));
  const weights = texts.map((_, i) => 1 / (observations + 1) + (i === at ? 1 : 0));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return {
    draw(rng) {
      let left = rng.uniform(0, sum);
      const found = weights.findIndex((weight) => (left -= weight) < 0);
      return ((found < 0 ? weights.length - 1 : found) + 0.5) / weights.length;
    },
    density: (value) => weights[texts.indexOf(JSON.stringify(value))]! / sum,
  };
}
