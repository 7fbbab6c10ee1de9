/** Tables of what was measured. Pure. */
import { type Column, textTable } from "../../pipeline/report/text/table.ts";
import type { Figure } from "./figures_io.ts";
import type { Torch } from "../torch/torch_io.ts";
import type { PeerVariant } from "./cases.ts";
import type { ComparedCase } from "./peer_io.ts";
import type { Startup } from "./startup.ts";

/** What stands in the head of a column. */
const VARIANTS: Readonly<Record<PeerVariant, string>> = {
  written: "as written",
  cached: "cached",
  compiled: "compiled",
  stft: "torch.stft",
  conv1d: "conv1d",
};

function peerNotes({ python, version }: Torch): string {
  return `PyTorch ${version} (${python}). Medians in milliseconds; ratio: the time of PyTorch's fastest way over ours, above 1
where ours is faster. As written: the front-end is computed in each step, as in the original training code. Cached: A and
B start, as ours do, from what the frozen front-end leaves, and one fused call changes all parameters. Compiled: the
same by torch.compile. A step is forward, backward, optimizer and projection on 100 clips of 1 s; of asr cases, which
have a bidirectional LSTM, CTC and Adam, on 16 clips of 3 s. Fixed and features are the front-end alone, by torch.stft
or by nnAudio's conv1d, in memory; of features our time is the stage's, with reading of recordings and writing of
features. PyTorch runs with OMP_NUM_THREADS as given and OPENBLAS_NUM_THREADS=1. Before timing, all gave the same loss
from the same weights and inputs.`;
}

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

/** What steps ask of a graphics device, where that was counted; else nothing. */
export function deviceTable(figures: readonly Figure[]): string {
  const counted = figures.flatMap(({ case: name, value, device }) =>
    device === null ? [] : [{ name, value, device }]
  );
  if (counted.length === 0) return "";
  const columns: Column[] = [
    { title: "a step on WebGPU" },
    { title: "ms of JavaScript", align: "right" },
    { title: "programs", align: "right" },
    { title: "of the optimizer", align: "right" },
    { title: "passes", align: "right" },
    { title: "submissions", align: "right" },
    { title: "bind groups", align: "right" },
    { title: "uniforms", align: "right" },
    { title: "new buffers", align: "right" },
    { title: "new MB", align: "right" },
    { title: "held MB", align: "right" },
  ];
  const rows = counted.map(({ name, value, device }) => [
    name,
    digits(value),
    String(device.programs),
    String(device.ofOptimizer),
    String(device.passes),
    String(device.submissions),
    String(device.bindGroups),
    String(device.writes),
    String(device.buffers),
    (device.bytes / 1e6).toFixed(1),
    (device.heldBytes / 1e6).toFixed(0),
  ]);
  return `${
    textTable(columns, rows)
  }\nThe device computes nothing: counts are of one step, times of JavaScript alone.`;
}

/** What each part of a command takes that finds everything fresh. */
export function startupText({ runs, phases, typed, first_line }: Startup): string {
  const columns: Column[] = [
    { title: "a command that finds everything fresh" },
    { title: "ms", align: "right" },
    { title: "best", align: "right" },
  ];
  const rows = [...phases, { phase: "all of it, as it is typed", ...typed }].map((
    { phase, median_ms, best_ms },
  ) => [phase, median_ms.toFixed(1), best_ms.toFixed(1)]);
  return `${textTable(columns, rows)}\nFirst line after ${
    first_line.median_ms.toFixed(0)
  } ms. Medians of ${runs} runs.`;
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

/** The table, what could not be done, and what figures mean. */
export function peerText(compared: readonly ComparedCase[], torch: Torch): string {
  return [peerTable(compared, torch), ...failedLines(compared), peerNotes(torch)].join("\n\n");
}

/** Of a case that was just measured. */
export function comparedLine(
  { comparisons: [{ case: name, threads, ratio, peer }], failed }: ComparedCase,
): string {
  const missing = failed.map(({ variant }) => `, ${VARIANTS[variant]} failed`).join("");
  return `${name}, threads ${threads}: ${ratio.toFixed(2)} against ${VARIANTS[peer]}${missing}`;
}

function peerTable(compared: readonly ComparedCase[], { version }: Torch): string {
  const tried = (Object.keys(VARIANTS) as PeerVariant[]).filter((variant) =>
    compared.some(({ comparisons: [{ peers_ms }] }) => variant in peers_ms)
  );
  const columns: Column[] = [
    { title: "case" },
    { title: "threads", align: "right" },
    { title: "ours", align: "right" },
    ...tried.map((variant) => ({ title: VARIANTS[variant], align: "right" as const })),
    { title: `fastest of PyTorch ${version}` },
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
      ...tried.map((variant) => {
        const ms = row.peers_ms[variant];
        return ms === undefined ? "" : ms === null ? "failed" : digits(ms);
      }),
      VARIANTS[row.peer],
      row.ratio.toFixed(2),
      bestRatios[i]!.toFixed(2),
      memory(oursPeakMb[i]!),
      memory(peerPeakMb),
      load.toFixed(1),
    ])
  );
  return textTable(columns, rows);
}

/** A line for each reason, with the cases in which it stood. */
function failedLines(compared: readonly ComparedCase[]): string[] {
  const all = compared.flatMap(({ comparisons: [{ case: name, threads }], failed }) =>
    failed.map(({ variant, reason }) => ({
      case: `${name} (threads ${threads})`,
      text: `${VARIANTS[variant]} failed: ${reason.split("\n")[0]}`,
    }))
  );
  const lines = [...Map.groupBy(all, ({ text }) => text)].map(([text, of]) =>
    `${text} In ${of.map((one) => one.case).join(", ")}.`
  );
  return lines.length === 0 ? [] : [lines.join("\n")];
}

/** Three significant digits and no exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function memory(mb: number | null): string {
  return mb === null ? "" : String(mb);
}
