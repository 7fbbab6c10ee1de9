/** What BC-ResNet's tensors are called in the PyTorch modules of its two editions, so that checkpoints fit by name. */
import type { BlockLayout } from "./layout.ts";

/** `heung`: as trainable-STFT-Mel has it; `kim`: the authors' own (github.com/Qualcomm-AI-research/bcresnet). */
export const EDITIONS = ["heung", "kim"] as const;
export type Edition = typeof EDITIONS[number];

/** Prefixes: of convolutions before `.weight`, of normalisations before `.running_mean` and the like. */
export interface BlockNames {
  /** Only transition blocks have them. */
  readonly conv1x1_1: string;
  readonly bn1: string;
  readonly freq_dw_conv: string;
  readonly ssn: string;
  readonly temp_dw_conv: string;
  readonly bn2: string;
  readonly conv1x1_2: string;
}

/** The layers outside of blocks, as prefixes; `null` where an edition has none. */
export interface EndNames {
  readonly first: string;
  readonly firstNorm: string | null;
  /** Of the last depthwise convolution. */
  readonly last: string;
  readonly head: string;
  readonly headNorm: string | null;
  /** Before the LSTM of recognisers, where that is asked for. */
  readonly lstmNorm: string | null;
  readonly classifier: string;
}

export const END_NAMES: Readonly<Record<Edition, EndNames>> = {
  heung: {
    first: "conv1",
    firstNorm: null,
    last: "conv2",
    head: "conv3",
    headNorm: null,
    lstmNorm: "lstmnorm",
    classifier: "conv4",
  },
  kim: {
    first: "cnn_head.0",
    firstNorm: "cnn_head.1",
    last: "classifier.0",
    head: "classifier.1",
    headNorm: "classifier.2",
    lstmNorm: null,
    classifier: "classifier.5",
  },
};

export function blockNames(edition: Edition, { kind, stage, place }: BlockLayout): BlockNames {
  return edition === "heung"
    ? heungNames(`block${stage + 1}_${place + 1}`, kind)
    : kimNames(stage, place, kind);
}

function heungNames(block: string, kind: BlockLayout["kind"]): BlockNames {
  const [ssn, bn2, conv1x1_2] = kind === "transition"
    ? ["ssn.bn", "bn2", "conv1x1_2"]
    : ["ssn1.bn", "bn", "conv1x1"];
  return {
    conv1x1_1: `${block}.conv1x1_1`,
    bn1: `${block}.bn1`,
    freq_dw_conv: `${block}.freq_dw_conv`,
    ssn: `${block}.${ssn}`,
    temp_dw_conv: `${block}.temp_dw_conv`,
    bn2: `${block}.${bn2}`,
    conv1x1_2: `${block}.${conv1x1_2}`,
  };
}

function kimNames(stage: number, place: number, kind: BlockLayout["kind"]): BlockNames {
  const block = `BCBlocks.${stage}.${place}`;
  const frequency = `${block}.f2.${kind === "transition" ? 1 : 0}.block`;
  return {
    conv1x1_1: `${block}.f2.0.block.0`,
    bn1: `${block}.f2.0.block.1`,
    freq_dw_conv: `${frequency}.0`,
    ssn: `${frequency}.1.ssnorm`,
    temp_dw_conv: `${block}.f1.0.block.0`,
    bn2: `${block}.f1.0.block.1`,
    conv1x1_2: `${block}.f1.1`,
  };
}
