/** The operations in plain loops over float64: what composites and kernels are compared with. */

/** A dense array, row by row. */
export interface Dense {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export function dense(shape: readonly number[], at: (index: number[]) => number): Dense {
  const values = new Float64Array(shape.reduce((product, n) => product * n, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    values[i] = at(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return { shape, values };
}

/** The value at an index, 0 outside. */
export function get(x: Dense, ...index: number[]): number {
  let place = 0;
  for (let axis = 0; axis < index.length; axis++) {
    const i = index[axis]!;
    if (i < 0 || i >= x.shape[axis]!) return 0;
    place = place * x.shape[axis]! + i;
  }
  return x.values[place]!;
}

export function linear(x: Dense, weight: Dense, bias?: Dense): Dense {
  return dense(
    [x.shape[0]!, weight.shape[0]!],
    ([b, o]) =>
      sum(x.shape[1]!, (i) => get(x, b!, i) * get(weight, o!, i)) + (bias === undefined ? 0 : get(bias, o!)),
  );
}

export function pointwiseConv(x: Dense, weight: Dense): Dense {
  const [B, F, T, C] = x.shape as [number, number, number, number];
  return dense(
    [B, F, T, weight.shape[0]!],
    ([b, f, t, o]) => sum(C, (i) => get(x, b!, f!, t!, i) * get(weight, o!, i, 0, 0)),
  );
}

export function depthwise(
  x: Dense,
  weight: Dense,
  { strideF, strideT = 1, padF, padT, dilationT, causal = false }: {
    strideF: number;
    strideT?: number;
    padF: number;
    padT: number;
    dilationT: number;
    /** Nothing stands behind the frames. */
    causal?: boolean;
  },
  bias?: Dense,
): Dense {
  const [B, F, T, C] = x.shape as [number, number, number, number];
  const [, , height, width] = weight.shape as [number, number, number, number];
  const rows = Math.floor((F + 2 * padF - height) / strideF) + 1;
  const behind = causal ? 0 : padT;
  const frames = Math.floor((T + padT + behind - (width - 1) * dilationT - 1) / strideT) + 1;
  return dense(
    [B, rows, frames, C],
    ([b, f, t, c]) =>
      sum(
        height,
        (i) =>
          sum(width, (j) =>
            get(x, b!, strideF * f! + i - padF, strideT * t! + dilationT * j - padT, c!) *
            get(weight, c!, 0, i, j)),
      ) +
      (bias === undefined ? 0 : get(bias, c!)),
  );
}

/** @param lead Frames of zeros before the first. */
export function inputConv(x: Dense, weight: Dense, bias: Dense, lead = 2): Dense {
  const [B, M, T] = x.shape as [number, number, number];
  return dense(
    [B, Math.ceil(M / 2), T, weight.shape[0]!],
    ([b, f, t, c]) =>
      sum(5, (i) => sum(5, (j) => get(x, b!, 2 * f! + i - 2, t! + j - lead) * get(weight, c!, 0, i, j))) +
      get(bias, c!),
  );
}

/** @param x `[B, channels, M, T]`. */
export function inputConvOfChannels(x: Dense, weight: Dense, bias: Dense): Dense {
  const [B, channels, M, T] = x.shape as [number, number, number, number];
  const tap = (b: number, c: number, f: number, t: number, i: number, j: number) =>
    sum(channels, (n) => get(x, b, n, 2 * f + i - 2, t + j - 2) * get(weight, c, n, i, j));
  return dense(
    [B, Math.ceil(M / 2), T, weight.shape[0]!],
    ([b, f, t, c]) => sum(5, (i) => sum(5, (j) => tap(b!, c!, f!, t!, i, j))) + get(bias, c!),
  );
}

/** Of an even number the lower one in the middle. @param x `[B, M, T]`. @param frames Of each clip. */
export function timeMedian(x: Dense, frames: readonly number[]): Dense {
  return dense([x.shape[0]!, x.shape[1]!, 1], ([b, m]) => {
    const own = Array.from({ length: frames[b!]! }, (_, t) => get(x, b!, m!, t)).sort((p, q) => p - q);
    return own[(own.length - 1) >> 1]!;
  });
}

export function framedPower(wave: Dense, wcos: Dense, wsin: Dense, hop: number, epsilon: number): Dense {
  const [B, N] = wave.shape as [number, number];
  const [bins, , nFft] = wcos.shape as [number, number, number];
  const pad = Math.floor(nFft / 2);
  const frames = Math.floor((N + 2 * pad - nFft) / hop) + 1;
  const reflect = (n: number) => (n < 0 ? -n : n >= N ? 2 * (N - 1) - n : n);
  return dense([B, frames, bins], ([b, t, k]) => {
    const part = (w: Dense) =>
      sum(nFft, (n) => get(wave, b!, reflect(t! * hop + n - pad)) * get(w, k!, 0, n));
    return part(wcos) ** 2 + part(wsin) ** 2 + epsilon;
  });
}

export function bandEnergies(spectrum: Dense, bank: Dense): Dense {
  const [B, T, bins] = spectrum.shape as [number, number, number];
  return dense(
    [B, bank.shape[0]!, T],
    ([b, m, t]) => sum(bins, (k) => get(spectrum, b!, t!, k) * get(bank, m!, k)),
  );
}

export function melLog(power: Dense, basis: Dense): Dense {
  const [B, T, bins] = power.shape as [number, number, number];
  return dense(
    [B, basis.shape[0]!, T],
    ([b, m, t]) => Math.log(sum(bins, (k) => get(power, b!, t!, k) * get(basis, m!, k)) + 1e-10),
  );
}

/** @param curve `[bands]` each. */
export function pcen(
  energy: Dense,
  curve: Readonly<Record<"gain" | "bias" | "power" | "smoothing", Dense>>,
  epsilon: number,
): Dense {
  const mean = { shape: energy.shape, values: new Float64Array(energy.values.length) };
  return dense(energy.shape, ([b, m, t]) => {
    const [gain, bias, power, share] = [curve.gain, curve.bias, curve.power, curve.smoothing]
      .map((x) => get(x, m!)) as [number, number, number, number];
    const e = get(energy, b!, m!, t!);
    const level = t === 0 ? e : share * e + (1 - share) * get(mean, b!, m!, t! - 1);
    mean.values[(b! * energy.shape[1]! + m!) * energy.shape[2]! + t!] = level;
    const x = e / (epsilon + level) ** gain / bias;
    return bias ** power * Math.expm1(power * Math.log1p(x));
  });
}

export function swish(x: Dense): Dense {
  return { shape: x.shape, values: x.values.map((v) => v / (1 + Math.exp(-v))) };
}

export function frequencyMean(x: Dense): Dense {
  const [B, F, T, C] = x.shape as [number, number, number, number];
  return dense([B, 1, T, C], ([b, , t, c]) => sum(F, (f) => get(x, b!, f, t!, c!)) / F);
}

export function broadcastResidual(twoD: Dense, oneD: Dense, identity?: Dense): Dense {
  return dense(
    twoD.shape,
    ([b, f, t, c]) =>
      Math.max(
        0,
        get(twoD, b!, f!, t!, c!) + get(oneD, b!, 0, t!, c!) +
          (identity === undefined ? 0 : get(identity, b!, f!, t!, c!)),
      ),
  );
}

/** With the batch's statistics, or with `fixed` ones. */
export function batchNorm(
  x: Dense,
  groups: readonly number[],
  affine?: { weight: Dense; bias: Dense },
  fixed?: { mean: Dense; variance: Dense },
): Dense {
  const { shape } = x;
  const found = fixed ?? batchStatistics(x, groups);
  const groupOf = groups.flatMap((rows, g) => Array.from({ length: rows }, () => g));
  return dense(shape, ([b, f, t, c]) => {
    const i = c! * groups.length + groupOf[f!]!;
    const normal = (get(x, b!, f!, t!, c!) - get(found.mean, i)) / Math.sqrt(get(found.variance, i) + 1e-5);
    return affine === undefined ? normal : normal * get(affine.weight, i) + get(affine.bias, i);
  });
}

/** Mean and biased variance of each channel and group, index `channel * groups + group`. */
export function batchStatistics(
  x: Dense,
  groups: readonly number[],
): { mean: Dense; variance: Dense; counts: number[] } {
  const [B, , T, C] = x.shape as [number, number, number, number];
  const starts = groups.map((_, g) => groups.slice(0, g).reduce((total, rows) => total + rows, 0));
  const over = (i: number, of: (value: number) => number) => {
    const [c, g] = [Math.floor(i / groups.length), i % groups.length];
    const rows = groups[g]!;
    return sum(B, (b) => sum(rows, (r) => sum(T, (t) => of(get(x, b, starts[g]! + r, t, c))))) /
      (B * rows * T);
  };
  const mean = dense([C * groups.length], ([i]) => over(i!, (v) => v));
  const variance = dense([C * groups.length], ([i]) => over(i!, (v) => (v - get(mean, i!)) ** 2));
  return {
    mean,
    variance,
    counts: Array.from({ length: C }, () => groups.map((rows) => rows * B * T)).flat(),
  };
}

export function softmaxCrossEntropy(logits: Dense, labels: readonly number[]): Dense {
  const [B, K] = logits.shape as [number, number];
  const loss = sum(B, (b) => {
    const logSum = Math.log(sum(K, (k) => Math.exp(get(logits, b, k))));
    return logSum - get(logits, b, labels[b]!);
  }) / B;
  return { shape: [], values: Float64Array.of(loss) };
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}
