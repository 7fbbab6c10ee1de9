/**
 * The least value of a smooth function by L-BFGS: Nocedal and Wright 2006, "Numerical optimization", algorithms 7.4 and
 * 7.5, with steps halved until they keep Armijo's condition (3.4). Pure and without chance.
 */

/** A function with its gradient. @param gradient `[x.length]`, to be filled. @returns Its value at `x`. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Most iterations. */
  readonly iterations: number;
  /** It ends where no part of the gradient is larger. */
  readonly tolerance: number;
}

/** Pairs of steps and changes of the gradient that are remembered. */
const MEMORY = 10;
/** Armijo's constant. */
const DECREASE = 1e-4;
const MOST_HALVINGS = 40;

/** @param start Is left as it is. @returns Where the least value was found. */
export function minimise(
  value: Differentiable,
  start: Float64Array,
  { iterations, tolerance }: MinimiseOptions,
): Float64Array {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let least = value(x, gradient);
  const pairs: { readonly step: Float64Array; readonly change: Float64Array; readonly rho: number }[] = [];
  for (let i = 0; i < iterations && largest(gradient) > tolerance; i++) {
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    let rate = pairs.length === 0 ? Math.min(1, 1 / largest(gradient)) : 1;
    let found: {
      readonly at: Float64Array;
      readonly gradient: Float64Array<ArrayBuffer>;
      readonly value: number;
    } | undefined;
    for (let halving = 0; halving < MOST_HALVINGS && found === undefined; halving++, rate /= 2) {
      const at = x.map((own, k) => own + rate * direction[k]!);
      const own = new Float64Array(x.length);
      const tried = value(at, own);
      if (tried <= least + DECREASE * rate * slope) found = { at, gradient: own, value: tried };
    }
    if (found === undefined) break; // nothing is left to be gained in this precision
    const step = found.at.map((own, k) => own - x[k]!);
    const change = found.gradient.map((own, k) => own - gradient[k]!);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    [x, gradient, least] = [found.at as Float64Array<ArrayBuffer>, found.gradient, found.value];
  }
  return x;
}

/** The two loops of algorithm 7.4. */
function descent(
  gradient: Float64Array,
  pairs: readonly { readonly step: Float64Array; readonly change: Float64Array; readonly rho: number }[],
): Float64Array {
  const q = gradient.map((own) => -own);
  const alphas = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, rho } = pairs[i]!;
    alphas[i] = rho * dot(step, q);
    for (let k = 0; k < q.length; k++) q[k] = q[k]! - alphas[i]! * change[k]!;
  }
  const last = pairs.at(-1);
  const scale = last === undefined ? 1 : 1 / (last.rho * dot(last.change, last.change));
  for (let k = 0; k < q.length; k++) q[k] = scale * q[k]!;
  pairs.forEach(({ step, change, rho }, i) => {
    const beta = rho * dot(change, q);
    for (let k = 0; k < q.length; k++) q[k] = q[k]! + (alphas[i]! - beta) * step[k]!;
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
