/** Trainings whose memory is measured, and what is said of it. Pure. */
import type { Setting } from "../../lib/frontends/contract.ts";
import { type Column, textTable } from "../../pipeline/report/text/table.ts";
import type { ModelName } from "./cases.ts";

export interface MemoryCase {
  readonly model: ModelName;
  readonly setting: Setting;
  /** Of a second, for training; a tenth as many for validation. */
  readonly clips: number;
  readonly batch: number;
  readonly bands: number;
  readonly threads: number;
}

/** What a training process held at most up to each of its steps, in bytes of resident memory. */
export interface MemoryPhases {
  /** Deno by itself. */
  readonly start: number;
  /** With all code loaded. */
  readonly code: number;
  /** With TensorFlow.js' backend and the kernels. */
  readonly backend: number;
  /** With the examples' names and labels, and one step taken. */
  readonly step: number;
  /** When training has ended. */
  readonly end: number;
}

/** What a training process holds when it has ended. */
export interface MemoryParts {
  /** V8's heap of JavaScript, used or not. */
  readonly heap: number;
  /** Buffers outside of the heap, WebAssembly's memory among them. */
  readonly external: number;
  readonly webAssembly: number;
}

export interface MemoryFigure {
  readonly case: MemoryCase;
  readonly phases: MemoryPhases;
  readonly parts: MemoryParts;
}

const USUAL: MemoryCase = { model: "linear", setting: "A", clips: 3170, batch: 100, bands: 40, threads: 2 };

/** The usual training, of each setting and model, and with one value changed at a time. */
export const MEMORY_CASES: readonly MemoryCase[] = [
  USUAL,
  { ...USUAL, threads: 1 },
  { ...USUAL, clips: 1000 },
  { ...USUAL, clips: 30_000 },
  { ...USUAL, batch: 25 },
  { ...USUAL, batch: 400 },
  { ...USUAL, bands: 10 },
  { ...USUAL, bands: 128 },
  { ...USUAL, setting: "B" },
  { ...USUAL, setting: "D" },
  { ...USUAL, setting: "D", batch: 400 },
  { ...USUAL, model: "bc_resnet" },
  { ...USUAL, model: "bc_resnet", batch: 400 },
  { ...USUAL, model: "bc_resnet", bands: 128 },
  { ...USUAL, model: "bc_resnet", setting: "D" },
];

export const QUICK_MEMORY_CASES: readonly MemoryCase[] = [
  { ...USUAL, clips: 200, batch: 20 },
  { ...USUAL, setting: "B", clips: 200, batch: 20 },
];

/** Peaks in megabytes, a line for each training, and what they are made of. */
export function memoryText(figures: readonly MemoryFigure[]): string {
  const columns: Column[] = [
    { title: "model" },
    { title: "set" },
    { title: "clips", align: "right" },
    { title: "batch", align: "right" },
    { title: "bands", align: "right" },
    { title: "threads", align: "right" },
    { title: "peak MB", align: "right" },
    { title: "Deno", align: "right" },
    { title: "code", align: "right" },
    { title: "backend", align: "right" },
    { title: "first step", align: "right" },
    { title: "further steps", align: "right" },
    { title: "JS heap", align: "right" },
    { title: "WebAssembly", align: "right" },
    { title: "other buffers", align: "right" },
  ];
  const rows = figures.map(({ case: one, phases, parts }) => [
    one.model,
    one.setting,
    one.clips.toLocaleString("en"),
    String(one.batch),
    String(one.bands),
    String(one.threads),
    mb(phases.end),
    mb(phases.start),
    added(phases.code - phases.start),
    added(phases.backend - phases.code),
    added(phases.step - phases.backend),
    added(phases.end - phases.step),
    mb(parts.heap),
    mb(parts.webAssembly),
    mb(Math.max(0, parts.external - parts.webAssembly)),
  ]);
  return `${textTable(columns, rows)}

MB of 10^6 bytes. Peak: the most resident memory that the process of the stage held in an epoch; it is what Deno holds by
itself and what loaded code, the backend, the examples' names with the first step, and further steps with validation and
checkpoints added to the peak. Behind it, what was there in the end: V8's heap, WebAssembly's memory (tensors and kernels;
part of it may never have been touched), and buffers outside of both, such as batches.`;
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function added(bytes: number): string {
  return `+${mb(bytes)}`;
}
