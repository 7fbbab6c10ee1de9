/** Times this project alone: each case in each configuration, a process for each, one at a time. */
import type { Configuration, NamedCase } from "./cases.ts";
import type { StepCount } from "./device_step.ts";
import { startOurs } from "./side_io.ts";
import { type Sampling, summarize, timeInTurn } from "./timing.ts";

export interface Figure {
  readonly case: string;
  readonly threads: number;
  readonly fast: boolean;
  /** Median. */
  readonly value: number;
  readonly unit: "ms" | "GFLOP/s" | "clips/s";
  /** Of the slowest and the fastest run. */
  readonly worst: number;
  readonly best: number;
  readonly runs: number;
  /** Of a run, in millions; null where nobody counts. */
  readonly multiplications_m: number | null;
  /** What a step asks of a graphics device; null of all other cases. */
  readonly device: StepCount | null;
  /** Most memory that the process held; null where the system does not tell. */
  readonly peak_mb: number | null;
  /** The machine's load average over the last minute, when the case ended. */
  readonly load: number;
}

/** Cases in the order in which they are measured. */
export function planFigures(
  cases: readonly NamedCase[],
  threads: readonly number[],
): readonly { readonly named: NamedCase; readonly configuration: Configuration }[] {
  const all = [false, true].flatMap((fast) => threads.map((count) => ({ threads: count, fast })));
  return cases.flatMap((named) =>
    (named.configurable ? all : [{ threads: 1, fast: false }]).map((configuration) => ({
      named,
      configuration,
    }))
  );
}

/** In a process of its own, so that memory is that of the case. */
export async function measure(
  { name, work }: NamedCase,
  configuration: Configuration,
  sampling: Sampling,
): Promise<Figure> {
  await using side = startOurs(configuration);
  const { rate, multiplications, device = null } = await side.prepare(work);
  const [times] = await timeInTurn([(runs) => side.run(runs)], sampling);
  const { median, min, max, runs } = summarize(times!);
  const { peak_mb = null } = await side.end();
  const value = (ms: number) => rate === undefined ? ms : rate.amount / (ms / 1000);
  const unit = rate?.unit ?? "ms";
  const load = Deno.loadavg()[0]!;
  return {
    case: name,
    ...configuration,
    value: value(median),
    unit,
    worst: value(max),
    best: value(min),
    runs,
    multiplications_m: multiplications === undefined ? null : multiplications / 1e6,
    device,
    peak_mb,
    load,
  };
}
