/** What goes along time, in plain loops over float64: an LSTM by its formulas, CTC by its definition. */
import { type Dense, dense, get } from "./reference.ts";

export interface LstmArrays {
  readonly inputWeight: Dense;
  readonly recurrentWeight: Dense;
  readonly inputBias: Dense;
  readonly recurrentBias: Dense;
}

/** @param x `[B, T, in]`. @returns `[B, T, 2 H]`, zero beyond a clip's frames. */
export function bidirectionalLstm(
  x: Dense,
  forward: LstmArrays,
  backward: LstmArrays,
  frames: readonly number[],
): Dense {
  const [batch, length] = x.shape as [number, number];
  const units = forward.recurrentWeight.shape[1]!;
  const y = dense([batch, length, 2 * units], () => 0);
  frames.forEach((count, clip) => {
    [forward, backward].forEach((weights, direction) => {
      let [h, c] = [new Array<number>(units).fill(0), new Array<number>(units).fill(0)];
      for (let s = 0; s < count; s++) {
        const t = direction === 0 ? s : count - 1 - s;
        [h, c] = lstmStep(weights, (i) => get(x, clip, t, i), h, c);
        h.forEach((value, u) => y.values[(clip * length + t) * 2 * units + direction * units + u] = value);
      }
    });
  });
  return y;
}

function lstmStep(
  weights: LstmArrays,
  x: (i: number) => number,
  h: readonly number[],
  c: readonly number[],
): [number[], number[]] {
  const { inputWeight, recurrentWeight, inputBias, recurrentBias } = weights;
  const gate = (g: number, u: number) => {
    const row = g * h.length + u;
    let total = get(inputBias, row) + get(recurrentBias, row);
    for (let i = 0; i < inputWeight.shape[1]!; i++) total += get(inputWeight, row, i) * x(i);
    h.forEach((value, v) => total += get(recurrentWeight, row, v) * value);
    return total;
  };
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  const cell = c.map((value, u) => sigmoid(gate(1, u)) * value + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
  return [cell.map((value, u) => sigmoid(gate(3, u)) * Math.tanh(value)), cell];
}

export interface CtcCase {
  /** Of each clip. */
  readonly labels: readonly (readonly number[])[];
  readonly frames: readonly number[];
}

/** By summing over all ways to spell the labels, one class a frame: `classes ^ frames` of them. */
export function ctcLossByPaths(logits: Dense, made: CtcCase): Dense {
  const classes = logits.shape[2]!;
  return meanLoss(logits, made, (probability, labels, frames) => {
    let total = 0;
    const path: number[] = [];
    const extend = (product: number): void => {
      if (path.length === frames) {
        const collapsed = path.filter((c, t) => c !== path[t - 1]).filter((c) => c !== 0);
        if (collapsed.join() === labels.join()) total += product;
        return;
      }
      for (let c = 0; c < classes; c++) {
        const t = path.length;
        path.push(c);
        extend(product * probability(t, c));
        path.pop();
      }
    };
    extend(1);
    return Math.log(total);
  });
}

/** By the forward recursion (Graves et al. 2006, section 4.1), each frame scaled to sum 1. */
export function ctcLoss(logits: Dense, made: CtcCase): Dense {
  return meanLoss(logits, made, (probability, labels, frames) => {
    const states = [0, ...labels.flatMap((label) => [label, 0])];
    let alpha: number[] = states.map((_, s) => (s < 2 ? 1 : 0));
    let log = 0;
    for (let t = 0; t < frames; t++) {
      alpha = states.map((symbol, s) => {
        if (t === 0) return alpha[s]! * probability(t, symbol);
        const skips = symbol !== 0 && symbol !== states[s - 2];
        return (alpha[s]! + (alpha[s - 1] ?? 0) + (skips ? alpha[s - 2] ?? 0 : 0)) * probability(t, symbol);
      });
      const sum = alpha.reduce((total, v) => total + v, 0);
      alpha = alpha.map((v) => v / sum);
      log += Math.log(sum);
    }
    return log + Math.log(alpha.at(-1)! + (labels.length > 0 ? alpha.at(-2)! : 0));
  });
}

function meanLoss(
  logits: Dense,
  { labels, frames }: CtcCase,
  logProbability: (p: (t: number, c: number) => number, labels: readonly number[], frames: number) => number,
): Dense {
  const [batch, , classes] = logits.shape as [number, number, number];
  let total = 0;
  for (let clip = 0; clip < batch; clip++) {
    const rows = Array.from({ length: frames[clip]! }, (_, t) => {
      const row = Array.from({ length: classes }, (_, c) => Math.exp(get(logits, clip, t, c)));
      const sum = row.reduce((all, v) => all + v, 0);
      return row.map((v) => v / sum);
    });
    const log = logProbability((t, c) => rows[t]![c]!, labels[clip]!, frames[clip]!);
    total -= log / Math.max(1, labels[clip]!.length) / batch;
  }
  return { shape: [], values: Float64Array.of(total) };
}
