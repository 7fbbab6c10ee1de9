/**
 * Prefix beam search for connectionist temporal classification: the likeliest label sequence, summed over its
 * alignments, among those kept. Graves 2012, "Supervised Sequence Labelling with Recurrent Neural Networks", section
 * 7.5; in the form of Hannun et al. 2014 (arXiv:1408.2873), algorithm 1, without a language model.
 */
import { BLANK, type Decoded, type FrameLogits } from "./greedy.ts";

/** A label sequence as a path from the root, so that extending one costs nothing. */
interface Prefix {
  readonly parent: Prefix | null;
  readonly label: number;
  readonly extensions: Map<number, Prefix>;
  /** Log probabilities of all alignments so far that end in a blank, and in the label. */
  blank: number;
  ended: number;
  /** The same one frame on, while they are summed up. */
  nextBlank: number;
  nextLabel: number;
  /** Whether it is among this frame's candidates. */
  listed: boolean;
}

/**
 * @param width How many sequences are kept from frame to frame, at least 1. Of equal ones the earlier found are kept.
 * @returns The likeliest sequence kept.
 * @throws {RangeError} If the width is not a whole number from 1.
 */
export function prefixBeamDecode(input: FrameLogits, width: number): Decoded {
  if (!Number.isInteger(width) || width < 1) {
    throw new RangeError(`Cannot search with a beam of ${width}: wanted a whole number from 1`);
  }
  const { frames, classes } = input;
  const root = prefix(null, BLANK);
  root.blank = 0;
  let beam: Prefix[] = [root];
  const logProbabilities = new Float64Array(classes);
  for (let frame = 0; frame < frames; frame++) {
    logSoftmax(input, frame, logProbabilities);
    beam = advance(beam, logProbabilities, width);
  }
  return { labels: labelsOf(beam[0]!) };
}

/** One frame on: every kept sequence stays as it is or grows by one label. */
function advance(beam: readonly Prefix[], logProbabilities: Float64Array, width: number): Prefix[] {
  const candidates: Prefix[] = [];
  for (const kept of beam) {
    const total = logAdd(kept.blank, kept.ended);
    list(kept, candidates);
    kept.nextBlank = logAdd(kept.nextBlank, total + logProbabilities[BLANK]!);
    if (kept.parent !== null) {
      kept.nextLabel = logAdd(kept.nextLabel, kept.ended + logProbabilities[kept.label]!);
    }
    for (let label = BLANK + 1; label < logProbabilities.length; label++) {
      // A repeat of the last label is a new one only after a blank.
      const before = kept.parent !== null && label === kept.label ? kept.blank : total;
      if (before === -Infinity) continue;
      const grown = extension(kept, label);
      list(grown, candidates);
      grown.nextLabel = logAdd(grown.nextLabel, before + logProbabilities[label]!);
    }
  }
  const scores = new Map<Prefix, number>();
  for (const candidate of candidates) {
    candidate.blank = candidate.nextBlank;
    candidate.ended = candidate.nextLabel;
    candidate.listed = false;
    scores.set(candidate, logAdd(candidate.blank, candidate.ended));
  }
  candidates.sort((a, b) => scores.get(b)! - scores.get(a)!); // stable: of equal ones the earlier stays first
  for (const dropped of candidates.slice(width)) {
    // A dropped sequence that is found again starts with what it is then given.
    dropped.blank = dropped.ended = -Infinity;
    if (dropped.extensions.size === 0) dropped.parent?.extensions.delete(dropped.label);
  }
  return candidates.slice(0, width);
}

/** Puts a sequence among the candidates, with nothing summed up yet. */
function list(candidate: Prefix, candidates: Prefix[]): void {
  if (candidate.listed) return;
  candidate.listed = true;
  candidate.nextBlank = candidate.nextLabel = -Infinity;
  candidates.push(candidate);
}

function extension(parent: Prefix, label: number): Prefix {
  let found = parent.extensions.get(label);
  if (found === undefined) parent.extensions.set(label, found = prefix(parent, label));
  return found;
}

function prefix(parent: Prefix | null, label: number): Prefix {
  return {
    parent,
    label,
    extensions: new Map(),
    blank: -Infinity,
    ended: -Infinity,
    nextBlank: -Infinity,
    nextLabel: -Infinity,
    listed: false,
  };
}

function labelsOf(last: Prefix): number[] {
  const labels: number[] = [];
  for (let at: Prefix = last; at.parent !== null; at = at.parent) labels.push(at.label);
  return labels.reverse();
}

function logSoftmax({ logits, offset, classes }: FrameLogits, frame: number, into: Float64Array): void {
  const at = offset + frame * classes;
  let largest = -Infinity;
  for (let i = 0; i < classes; i++) largest = Math.max(largest, logits[at + i]!);
  let sum = 0;
  for (let i = 0; i < classes; i++) sum += Math.exp(logits[at + i]! - largest);
  const shift = largest + Math.log(sum);
  for (let i = 0; i < classes; i++) into[i] = logits[at + i]! - shift;
}

/** log(exp(a) + exp(b)). */
function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
