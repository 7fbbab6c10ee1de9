/** Joins a front-end and a model to the network that training and evaluation see. */
import { buildFrontend } from "../frontends/chain.ts";
import type { FrontendSpec } from "../frontends/spec.ts";
import { frameCount } from "../audio/framing.ts";
import type { Network } from "../nn/types.ts";
import { bcResNet } from "./bc_resnet.ts";
import type { Body } from "./body.ts";
import { linearModel } from "./linear.ts";
import type { ModelSpec } from "./spec.ts";

export { countTrainable, createState, disposeState } from "../nn/state.ts";
export type { ModelSpec } from "./spec.ts";

/**
 * @param classes Number of logits.
 * @param samples Length of every clip, before the front-end.
 * @throws {RangeError} If the sizes do not fit each other.
 */
export function buildNetwork(
  frontendSpec: FrontendSpec,
  modelSpec: ModelSpec,
  classes: number,
  samples: number,
): Network {
  const frontend = buildFrontend(frontendSpec, samples);
  const body = buildBody(modelSpec, frontendSpec, classes, samples);
  return {
    specs: [...frontend.specs, ...body.specs],
    input: frontend.input,
    classes,
    forward: (state, batch, mode) => body.forward(state, frontend.forward(state, batch, mode), mode),
    project: (state) => frontend.project(state),
  };
}

function buildBody(spec: ModelSpec, frontend: FrontendSpec, classes: number, samples: number): Body {
  switch (spec.kind) {
    case "linear":
      return linearModel(frontend.nMels, frameCount(samples, frontend), classes);
    case "bc_resnet":
      return bcResNet(spec, frontend.nMels, classes);
    default:
      spec satisfies never;
      throw new Error(`Unknown model ${JSON.stringify(spec)}`);
  }
}
