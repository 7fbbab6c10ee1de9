/** What is timed, by name. Pure. */
import type { Setting } from "../../lib/frontends/contract.ts";

export type ModelName = "linear" | "bc_resnet";

/** Beside the paper's, as their files have them. */
export type FurtherFrontend = typeof FURTHER[number];
const FURTHER = ["leaf", "efficientleaf", "tdfbanks", "sincnet", "sincnet_plus"] as const;

export type BenchCase =
  /** One training step as `lib/train` takes it, on what the frozen prefix leaves. */
  | {
    readonly kind: "train";
    readonly model: ModelName;
    readonly setting: Setting;
    readonly batch: number;
    /** Absent: the paper's. */
    readonly frontend?: FurtherFrontend;
  }
  /** The same of a recognizer of phones: clips of 3 s, connectionist temporal classification, Adam. */
  | {
    readonly kind: "recognize";
    readonly model: ModelName;
    readonly setting: Setting;
    readonly batch: number;
  }
  /** Logits of a batch, from waveforms or from cached log-mel. */
  | { readonly kind: "infer"; readonly model: ModelName; readonly batch: number; readonly cached: boolean }
  /** Waveforms to log-mel; with `backward` also the gradients of STFT kernels and Mel filters. */
  | { readonly kind: "frontend"; readonly batch: number; readonly backward: boolean }
  /** Waveforms to what is cached of them, where nothing is trained; in clips a second. */
  | { readonly kind: "fixed"; readonly representation: "power" | "logmel"; readonly batch: number }
  /** Per-channel energy normalisation, forward and backward, by its kernel or from standard operations. */
  | { readonly kind: "pcen"; readonly by: "kernel" | "composite"; readonly batch: number }
  /**
   * A second of a stream, heard ten times: windows of a second each by itself, or each new frame once. A run's time is
   * that of a second of sound.
   */
  | {
    readonly kind: "listen";
    readonly model: ModelName;
    readonly setting: Setting;
    readonly by: "windows" | "stream";
  }
  /**
   * A training step on WebGPU as far as JavaScript takes part in it, on a device that computes nothing. Of recognisers
   * `batch` is utterances.
   */
  | {
    readonly kind: "webgpu";
    readonly task: "kws" | "asr";
    readonly model: ModelName;
    readonly setting: Setting;
    readonly batch: number;
    /** Programs in a submission; absent: what the backend takes. */
    readonly submitEvery?: number;
  }
  /** The inner loops of matrix products, and the fastest that arithmetic goes in WebAssembly here. */
  | { readonly kind: "arithmetic"; readonly what: "gemm" | "peak" }
  /** A stage of the pipeline on a small data set. */
  | { readonly kind: "synthesis"; readonly clipsPerWord: number }
  | {
    readonly kind: "features";
    readonly representation: "waveform" | "power" | "logmel";
    readonly clips: number;
  }
  /** `deno task kws` when nothing is left to do. */
  | { readonly kind: "noop" };

/**
 * How PyTorch does a case: as the paper's code is written, with the front-end in every step; from what the frozen
 * front-end left, cached by hand; by `torch.compile`, from there where there is something to cache. Features of a fixed
 * front-end by `torch.stft`, or by nnAudio's convolutions.
 */
export type PeerVariant = "written" | "cached" | "compiled" | "stft" | "conv1d";

/** How the process that runs a case is started. */
export interface Configuration {
  readonly threads: number;
  /** Whether WebAssembly runs without bounds checks and with pairs of vectors joined. */
  readonly fast: boolean;
}

export interface NamedCase {
  readonly name: string;
  readonly work: BenchCase;
  /** False: the pipeline chooses for itself, so the case runs in one configuration only. */
  readonly configurable: boolean;
  /** Whether the comparison with PyTorch has it too. */
  readonly inPeer: boolean;
}

const BATCH = 100;
const UTTERANCES = 16;
const MODELS: readonly ModelName[] = ["linear", "bc_resnet"];
const SETTINGS: readonly Setting[] = ["A", "B", "C", "D"];

export const CASES: readonly NamedCase[] = [
  ...MODELS.flatMap((model) =>
    SETTINGS.map((setting) =>
      named(`${model}-${setting}`, { kind: "train", model, setting, batch: BATCH }, { inPeer: true })
    )
  ),
  ...FURTHER.map((frontend) =>
    named(`linear-${frontend}-D`, { kind: "train", model: "linear", setting: "D", batch: BATCH, frontend }, {
      inPeer: frontend === "leaf" || frontend === "efficientleaf",
    })
  ),
  ...MODELS.flatMap((model) =>
    SETTINGS.map((setting) =>
      named(`asr-${model}-${setting}`, { kind: "recognize", model, setting, batch: UTTERANCES }, {
        inPeer: true,
      })
    )
  ),
  ...MODELS.flatMap((model) => [
    named(`infer1-${model}`, { kind: "infer", model, batch: 1, cached: false }, { inPeer: true }),
    named(`infer100-${model}`, { kind: "infer", model, batch: BATCH, cached: false }, { inPeer: true }),
    named(`infer1-${model}-cached`, { kind: "infer", model, batch: 1, cached: true }),
    named(`infer100-${model}-cached`, { kind: "infer", model, batch: BATCH, cached: true }),
  ]),
  ...MODELS.flatMap((model) =>
    (["A", "D"] as const).flatMap((setting) =>
      (["windows", "stream"] as const).map((by) =>
        named(`listen-${model}-${setting}-${by}`, { kind: "listen", model, setting, by })
      )
    )
  ),
  named("frontend-forward", { kind: "frontend", batch: BATCH, backward: false }),
  named("frontend-backward", { kind: "frontend", batch: BATCH, backward: true }),
  ...(["logmel", "power"] as const).map((representation) =>
    named(`fixed-${representation}`, { kind: "fixed", representation, batch: BATCH }, { inPeer: true })
  ),
  named("pcen", { kind: "pcen", by: "kernel", batch: BATCH }, { inPeer: true }),
  named("pcen-composite", { kind: "pcen", by: "composite", batch: BATCH }),
  ...(["kws", "asr"] as const).flatMap((task) =>
    MODELS.flatMap((model) =>
      SETTINGS.map((setting) =>
        named(
          `webgpu-${task === "kws" ? "" : "asr-"}${model}-${setting}`,
          { kind: "webgpu", task, model, setting, batch: task === "kws" ? BATCH : UTTERANCES },
          { configurable: false },
        )
      )
    )
  ),
  named("peak", { kind: "arithmetic", what: "peak" }),
  named("gemm", { kind: "arithmetic", what: "gemm" }),
  named("synthesis", { kind: "synthesis", clipsPerWord: 12 }, { configurable: false }),
  ...(["logmel", "power", "waveform"] as const).map((representation) =>
    named(`features-${representation}`, { kind: "features", representation, clips: 600 }, {
      inPeer: representation !== "waveform",
    })
  ),
  named("kws-noop", { kind: "noop" }, { configurable: false }),
];

/** All that are tried: a case is compared with the fastest. */
export function peerVariants(work: BenchCase): readonly PeerVariant[] {
  switch (work.kind) {
    case "fixed":
    case "features":
      return ["stft", "conv1d", "compiled"];
    case "train":
    case "recognize": {
      const isFrozen = work.setting === "A" || work.setting === "B";
      return isFrozen ? ["written", "cached", "compiled"] : ["written", "compiled"];
    }
    default:
      return ["written", "compiled"];
  }
}

/**
 * Cases whose whole name fits one of the patterns.
 * @param patterns Names parted by commas, with `*` for any characters; undefined for all.
 */
export function selectCases(patterns: string | undefined, cases = CASES): readonly NamedCase[] {
  if (patterns === undefined) return cases;
  const expressions = patterns.split(",").map((pattern) =>
    new RegExp(`^${pattern.trim().split("*").map(escape).join(".*")}$`)
  );
  return cases.filter(({ name }) => expressions.some((expression) => expression.test(name)));
}

function named(
  name: string,
  work: BenchCase,
  { configurable = true, inPeer = false }: { readonly configurable?: boolean; readonly inPeer?: boolean } =
    {},
): NamedCase {
  return { name, work, configurable, inPeer };
}

function escape(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
