/** A front-end over a stream: its steps as layers. */
import { UserError } from "../base/errors.ts";
import { loadKind } from "../base/kinds.ts";
import { type OpenChain, openChain } from "../frontends/open.ts";
import type { Chain } from "../frontends/plan.ts";
import type { NetworkState } from "../nn/types.ts";
import { CurveLayer } from "./layers/curves.ts";
import { DenseLayer } from "./layers/dense.ts";
import { Line } from "./layers/line.ts";
import { SpectrumFrames } from "./layers/spectrum_frames.ts";
import { WholeLayer } from "./layers/whole.ts";
import type { WaveLayer } from "./layers/wave_frames.ts";
import { nothing, type Tensors } from "./layers/weights.ts";
import type { StreamContext, StreamedStep } from "./steps/contract.ts";
import { STEP_STREAMS } from "./steps/kinds.ts";
import { simpleStep } from "./steps/simple.ts";
import { frameSize } from "./steps/sizes.ts";

export interface LaidFrontend {
  /** The layer that takes samples in. */
  readonly wave: WaveLayer;
  /** Of the front-end's last layers: the line of samples, or, from what needs a whole clip on, one of clips. */
  readonly last: Line;
}

/**
 * Adds a front-end's layers to a line of samples.
 *
 * @param state Has the tensors of all steps. @param tensors Their values.
 * @returns The layer that takes samples in. @throws {UserError} `bad-config` if a step cannot be computed frame by frame.
 */
export async function layFrontend(
  line: Line,
  chain: Chain,
  state: NetworkState,
  tensors: Tensors,
  clipSamples: number,
): Promise<WaveLayer> {
  const { wave, last } = await layWindowedFrontend(line, chain, state, tensors, clipSamples);
  if (last === line) return wave;
  throw new UserError(
    "bad-config",
    "Cannot compute the front-end frame by frame: its frames depend on a whole clip (its mean, its median or its loudest " +
      "value). Listen in windows, or train without top_db, median and clip_mean.",
  );
}

/** The same with lines of clips where it needs whole ones. @throws {UserError} `bad-config` if frames cannot be made one by one. */
export async function layWindowedFrontend(
  line: Line,
  chain: Chain,
  state: NetworkState,
  tensors: Tensors,
  clipSamples: number,
): Promise<LaidFrontend> {
  const open = await openChain(chain);
  const { pass, steps: passed } = await longestPass(open, state);
  let wave: WaveLayer | undefined;
  let last = line;
  if (pass !== undefined) line.add(wave = new SpectrumFrames(line, pass));
  for (let at = passed; at < chain.steps.length; at++) {
    const input = chain.representations[at]!;
    const step = await streamedStep(chain, at, { input, state, tensors, clipSamples });
    switch (step.does) {
      case "frames":
        line.add(wave = step.lay(line));
        break;
      case "curve":
        last.add(new CurveLayer(last, step));
        break;
      case "product": {
        const { matrix, outputs } = step;
        const inputs = frameSize(input);
        const weights = { matrix, outputs, inputs, wideInputs: last.size, affine: nothing(outputs) };
        last.add(new DenseLayer(last, 1, weights, "none"));
        break;
      }
      case "whole":
        if (last === line) last = new Line(line.machine, line.size, chain.framing.frames(clipSamples));
        last.add(new WholeLayer(last, step, frameSize(input)));
        break;
      default:
        throw step satisfies never;
    }
  }
  return { wave: wave!, last }; // a chain without frames is none
}

/** As many steps from the first on as are one pass over frames. */
async function longestPass(open: OpenChain, state: NetworkState) {
  for (let steps = open.steps.length; steps > 0; steps--) {
    const pass = await open.pass(state, steps);
    if (pass !== undefined) return { pass, steps };
  }
  return { pass: undefined, steps: 0 };
}

async function streamedStep(chain: Chain, at: number, context: StreamContext): Promise<StreamedStep> {
  const { kind, values, spec } = chain.steps[at]!;
  const { simple } = (await kind.layer()).layer(values);
  if (simple !== undefined) return await simpleStep(simple, frameSize(context.input), context.state);
  const own = await loadKind(STEP_STREAMS, spec.step, "front-end step over a stream");
  return await own.stream(values, context);
}
