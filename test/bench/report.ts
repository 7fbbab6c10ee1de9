/** Tables of what was measured. Pure. */
import { type Column, textTable } from "../../pipeline/report/text/table.ts";
import type { Figure } from "./figures_io.ts";
import type { ComparedCase } from "./peer_io.ts";

export const PEER_NOTES =
  `Medians in milliseconds; ratio: PyTorch's time over ours, above 1 where ours is faster.
A step is forward, backward, optimizer and projection on 100 clips of 1 s; of asr cases, which have a bidirectional
LSTM, CTC and Adam, on 16 clips of 3 s. In A and B ours starts from features that
are computed once and cached, while PyTorch computes the front-end in each step, as the original training code does;
the fixed cases are that computation alone, in PyTorch by torch.stft.
PyTorch runs with OMP_NUM_THREADS as given and OPENBLAS_NUM_THREADS=1. Before timing, both sides gave the same loss
from the same weights and inputs.`;

export function figureTable(figures: readonly Figure[]): string {
  const columns: Column[] = [
    { title: "case" },
    { title: "threads", align: "right" },
    { title: "flags" },
    { title: "median", align: "right" },
    { title: "unit" },
    { title: "best", align: "right" },
    { title: "worst", align: "right" },
    { title: "runs", align: "right" },
    { title: "10^6 products", align: "right" },
    { title: "peak MB", align: "right" },
    { title: "load", align: "right" },
  ];
  return textTable(
    columns,
    figures.map((f) => [
      f.case,
      String(f.threads),
      f.fast ? "fast" : "",
      digits(f.value),
      f.unit,
      digits(f.best),
      digits(f.worst),
      String(f.runs),
      f.multiplications_m === null ? "" : digits(f.multiplications_m),
      memory(f.peak_mb),
      f.load.toFixed(1),
    ]),
  );
}

/** How near matrix products come to what a core can do, where both were measured; else nothing.
 * Best runs are compared: a peak is what is possible, whatever else the machine does. */
export function gemmShares(figures: readonly Figure[]): string {
  const lines = figures.filter((f) => f.case === "gemm").flatMap((gemm) => {
    const peak = figures.find((f) => f.case === "peak" && f.threads === gemm.threads && f.fast === gemm.fast);
    if (peak === undefined) return [];
    const share = Math.round(100 * gemm.best / peak.best);
    return [
      `gemm reaches ${share} % of the peak of ${digits(peak.best)} GFLOP/s (threads ${gemm.threads}${
        gemm.fast ? ", fast" : ""
      })`,
    ];
  });
  return lines.join("\n");
}

export function peerTable(compared: readonly ComparedCase[]): string {
  const columns: Column[] = [
    { title: "case" },
    { title: "threads", align: "right" },
    { title: "ours", align: "right" },
    { title: "PyTorch", align: "right" },
    { title: "ratio", align: "right" },
    { title: "of best runs", align: "right" },
    { title: "our MB", align: "right" },
    { title: "its MB", align: "right" },
    { title: "load", align: "right" },
  ];
  const rows = compared.flatMap(({ comparisons, bestRatios, oursPeakMb, peerPeakMb, load }) =>
    comparisons.map((row, i) => [
      row.case,
      String(row.threads),
      digits(row.ours_ms),
      digits(row.peer_ms),
      row.ratio.toFixed(2),
      bestRatios[i]!.toFixed(2),
      memory(oursPeakMb[i]!),
      memory(peerPeakMb),
      load.toFixed(1),
    ])
  );
  return textTable(columns, rows);
}

/** Three significant digits and no exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function memory(mb: number | null): string {
  return mb === null ? "" : String(mb);
}
