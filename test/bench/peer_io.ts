/** Times this project and PyTorch in turn, on the same weights and inputs, PyTorch in every way that might be fastest. */
import type { Torch } from "../torch/torch_io.ts";
import { type BenchCase, type NamedCase, type PeerVariant, peerVariants } from "./cases.ts";
import { type Side, startOurs, startPeer } from "./side_io.ts";
import { type Sampling, summarize, timeInTurn } from "./timing.ts";
import type { Prepared } from "./protocol.ts";

export interface Comparison {
  /** With `-fast` where our process ran without bounds checks. */
  readonly case: string;
  readonly threads: number;
  /** PyTorch's version. */
  readonly torch: string;
  readonly ours_ms: number;
  /** Of PyTorch's fastest variant. */
  readonly peer_ms: number;
  /** Which one that is. */
  readonly peer: PeerVariant;
  /** How many times longer it takes than ours. */
  readonly ratio: number;
  /** Each variant that was tried; null: it failed. */
  readonly peers_ms: Readonly<Partial<Record<PeerVariant, number | null>>>;
}

/** A way in which PyTorch could not do a case. */
export interface FailedVariant {
  readonly variant: PeerVariant;
  readonly reason: string;
}

export interface ComparedCase {
  readonly comparisons: readonly [plain: Comparison, fast: Comparison];
  /** How many times longer PyTorch's fastest run takes than ours: on a busy machine it says more than medians. */
  readonly bestRatios: readonly [plain: number, fast: number];
  /** Most memory of our processes, plain and fast, in MB; null where the system does not tell. */
  readonly oursPeakMb: readonly [number | null, number | null];
  /** Of the fastest variant. */
  readonly peerPeakMb: number | null;
  readonly failed: readonly FailedVariant[];
  /** The machine's load average over the last minute, when the case ended. */
  readonly load: number;
}

/** Relative; both sides compute in float32, in different orders. */
const LOSS_TOLERANCE = 1e-4;

/** @throws {Error} If the two sides do not do the same work, or PyTorch can do it in no way. */
export async function compareCase(
  { name, work }: NamedCase,
  threads: number,
  sampling: Sampling,
  torch: Torch,
): Promise<ComparedCase> {
  await using started = new AsyncDisposableStack();
  const ours = started.use(startOurs({ threads, fast: false }));
  const oursFast = started.use(startOurs({ threads, fast: true }));
  const failed: FailedVariant[] = [];
  const peers: { readonly variant: PeerVariant; readonly side: Side }[] = [];
  await withExchange(async (exchange) => {
    const prepared = await ours.prepare(work, { exchange });
    for (const variant of peerVariants(work)) {
      const side = started.use(startPeer(torch, threads));
      try {
        const theirs = await side.prepare(work, { exchange, variant });
        checkSame(`${name}, ${variant}`, prepared, theirs);
        peers.push({ variant, side });
      } catch (error) {
        if (error instanceof DifferentWork) throw error;
        failed.push({ variant, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  });
  if (peers.length === 0) throw new Error(failed.map(({ reason }) => reason).join("; "));
  await oursFast.prepare(work);
  // PyTorch's turns stand between our two, so that each of ours has one as a neighbour.
  const sides = [ours, ...peers.map(({ side }) => side), oursFast];
  const times = await timeInTurn(sides.map((side) => (runs: number) => side.run(runs)), sampling);
  const summaries = times.map(summarize);
  const [plain, fast] = [summaries[0]!, summaries.at(-1)!];
  const timed = peers.map((peer, i) => ({ ...peer, summary: summaries[i + 1]! }));
  const best = timed.reduce((a, b) => b.summary.median < a.summary.median ? b : a);
  const fastestRun = Math.min(...timed.map(({ summary }) => summary.min));
  const memory = async (side: Side) => (await side.end()).peak_mb ?? null;
  const peers_ms = Object.fromEntries([
    ...timed.map(({ variant, summary }) => [variant, summary.median] as const),
    ...failed.map(({ variant }) => [variant, null] as const),
  ]);
  const comparison = (flags: string, ours_ms: number): Comparison => ({
    case: `${name}${flags}`,
    threads,
    torch: torch.version,
    ours_ms,
    peer_ms: best.summary.median,
    peer: best.variant,
    ratio: best.summary.median / ours_ms,
    peers_ms,
  });
  return {
    comparisons: [comparison("", plain.median), comparison("-fast", fast.median)],
    bestRatios: [fastestRun / plain.min, fastestRun / fast.min],
    oursPeakMb: [await memory(ours), await memory(oursFast)],
    peerPeakMb: await memory(best.side),
    failed,
    load: Deno.loadavg()[0]!,
  };
}

/** Brings both to the same weights and inputs. */
export async function prepareBoth(
  ours: Side,
  peer: Side,
  work: BenchCase,
  variant: PeerVariant,
): Promise<{ readonly prepared: Prepared; readonly theirs: Prepared }> {
  return await withExchange(async (exchange) => {
    const prepared = await ours.prepare(work, { exchange });
    return { prepared, theirs: await peer.prepare(work, { exchange, variant }) };
  });
}

async function withExchange<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    return await use(`${folder}/exchange.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Two sides that were to do the same do not. */
export class DifferentWork extends Error {
  override readonly name = "DifferentWork";
}

/** @throws {DifferentWork} */
export function checkSame(name: string, ours: Prepared, theirs: Prepared): void {
  const difference = Math.abs(ours.loss! - theirs.loss!) / Math.abs(theirs.loss!);
  if (!(difference < LOSS_TOLERANCE)) {
    throw new DifferentWork(
      `${name}: our loss is ${ours.loss}, PyTorch's ${theirs.loss}: not the same work`,
    );
  }
  if (ours.trained !== theirs.trained) {
    throw new DifferentWork(
      `${name}: we train ${ours.trained} values, PyTorch ${theirs.trained}: not the same work`,
    );
  }
}
