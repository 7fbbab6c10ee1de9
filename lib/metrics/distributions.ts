/** Distribution functions that tests and intervals need, in float64. */

/**
 * Standard normal distribution function (Marsaglia 2004, "Evaluating the normal distribution"): a series whose terms are
 * all positive. Absolute error about 1e-16; beyond 8 it is 0 or 1.
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x > 8) return 1;
  if (x < -8) return 0;
  let [term, sum, before] = [x, x, 0];
  for (let i = 3; sum !== before; i += 2) {
    before = sum;
    term *= x * x / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.91893853320467274178);
}

/**
 * Distribution function of Student's t, by the incomplete beta function.
 * @param degrees Above 0, fractions too; Infinity is the normal distribution.
 */
export function studentCdf(t: number, degrees: number): number {
  if (degrees === Infinity) return normalCdf(t);
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** @returns Probability that |t| is at least so large; 1 for 0. */
export function studentTwoSided(t: number, degrees: number): number {
  if (degrees === Infinity) return 2 * normalCdf(-Math.abs(t));
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The value below which Student's t stays with this probability, by bisection. @param share In (0, 1). */
export function studentQuantile(share: number, degrees: number): number {
  if (share < 0.5) return -studentQuantile(1 - share, degrees);
  let [low, high] = [0, 1];
  while (studentCdf(high, degrees) < share) [low, high] = [high, 2 * high];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degrees) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function I_x(a, b), by its continued fraction (Press et al., Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return x < (a + 1) / (a + b + 2)
    ? front * betaFraction(x, a, b) / a
    : 1 - front * betaFraction(1 - x, b, a) / b;
}

/** By Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const kept = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let c = 1;
  let d = 1 / kept(1 - (a + b) * x / (a + 1));
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    for (
      const factor of [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ]
    ) {
      d = 1 / kept(1 + factor * d);
      c = kept(1 + factor / c);
      value *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return value;
}

const LANCZOS = [
  ...[676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059],
  ...[12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7],
];

/** Natural logarithm of the gamma function, by Lanczos's approximation (g = 7). @param x Above 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const sum = LANCZOS.reduce((all, of, i) => all + of / (z + i + 1), 0.99999999999980993);
  const t = z + LANCZOS.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
