/** Times this project and PyTorch in turn, on the same weights and inputs. */
import type { BenchCase, NamedCase } from "./cases.ts";
import { type Side, startOurs, startPeer } from "./side_io.ts";
import { type Sampling, summarize, type Summary, timeInTurn } from "./timing.ts";
import type { Prepared } from "./protocol.ts";

export interface Comparison {
  /** With `-fast` where our process ran without bounds checks. */
  readonly case: string;
  readonly threads: number;
  readonly ours_ms: number;
  readonly peer_ms: number;
  /** How many times longer PyTorch takes. */
  readonly ratio: number;
}

export interface ComparedCase {
  readonly comparisons: readonly [plain: Comparison, fast: Comparison];
  /** How many times longer PyTorch's fastest run takes than ours: on a busy machine it says more than medians. */
  readonly bestRatios: readonly [plain: number, fast: number];
  /** Most memory of our processes, plain and fast, in MB; null where the system does not tell. */
  readonly oursPeakMb: readonly [number | null, number | null];
  readonly peerPeakMb: number | null;
  /** The machine's load average over the last minute, when the case ended. */
  readonly load: number;
}

/** Relative; both sides compute in float32, in different orders. */
const LOSS_TOLERANCE = 1e-4;

/**
 * @throws {UserError} If there is no PyTorch.
 * @throws {Error} If the two sides do not do the same work.
 */
export async function compareCase(
  { name, work }: NamedCase,
  threads: number,
  sampling: Sampling,
): Promise<ComparedCase> {
  await using peer = await startPeer(threads);
  await using ours = startOurs({ threads, fast: false });
  await using oursFast = startOurs({ threads, fast: true });
  const { prepared, theirs } = await prepareBoth(ours, peer, work);
  checkSame(name, prepared, theirs);
  await oursFast.prepare(work);
  // PyTorch's turn stands between our two, so that each of ours has it as a neighbour.
  const sides = [ours, peer, oursFast];
  const times = await timeInTurn(sides.map((side) => (runs: number) => side.run(runs)), sampling);
  const [plain, theirTimes, fast] = times.map(summarize) as [Summary, Summary, Summary];
  const memory = async (side: Side) => (await side.end()).peak_mb ?? null;
  return {
    comparisons: [
      comparison(name, threads, plain.median, theirTimes.median),
      comparison(`${name}-fast`, threads, fast.median, theirTimes.median),
    ],
    bestRatios: [theirTimes.min / plain.min, theirTimes.min / fast.min],
    oursPeakMb: [await memory(ours), await memory(oursFast)],
    peerPeakMb: await memory(peer),
    load: Deno.loadavg()[0]!,
  };
}

/** Brings both to the same weights and inputs. */
export async function prepareBoth(
  ours: Side,
  peer: Side,
  work: BenchCase,
): Promise<{ readonly prepared: Prepared; readonly theirs: Prepared }> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    const exchange = `${folder}/exchange.safetensors`;
    const prepared = await ours.prepare(work, exchange);
    return { prepared, theirs: await peer.prepare(work, exchange) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @throws {Error} If the two sides do not do the same work. */
export function checkSame(name: string, ours: Prepared, theirs: Prepared): void {
  const difference = Math.abs(ours.loss! - theirs.loss!) / Math.abs(theirs.loss!);
  if (!(difference < LOSS_TOLERANCE)) {
    throw new Error(`${name}: our loss is ${ours.loss}, PyTorch's ${theirs.loss}: not the same work`);
  }
  if (ours.trained !== theirs.trained) {
    throw new Error(`${name}: we train ${ours.trained} values, PyTorch ${theirs.trained}: not the same work`);
  }
}

function comparison(name: string, threads: number, ours_ms: number, peer_ms: number): Comparison {
  return { case: name, threads, ours_ms, peer_ms, ratio: peer_ms / ours_ms };
}
