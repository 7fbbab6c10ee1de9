/** What of a run decides its network, planned once. */
import { UserError } from "../../lib/base/errors.ts";
import { makeFrontend } from "../../lib/frontends/front_end.ts";
import {
  type Chain,
  idleText,
  planSteps,
  type SpectrumCoverage,
  spectrumCoverage,
} from "../../lib/frontends/plan.ts";
import type { FrontendSpec } from "../../lib/frontends/contract.ts";
import { type Checked, frontendContext } from "../config/check.ts";
import { networkModules } from "./kind_modules.ts";

export interface PlannedNetwork extends Checked {
  readonly frontend: FrontendSpec;
  readonly chain: Chain;
  readonly coverage: SpectrumCoverage;
  /** Modules of all kinds that the network and its task are made of. */
  readonly modules: readonly string[];
  /** What tells one network from another, as slices begin. */
  readonly shape: {
    readonly task: string;
    readonly frontend: FrontendSpec;
    readonly model: Checked["config"]["model"];
  };
}

/**
 * @param trained Parts of the front-end that are trained; absent: those of the setting.
 * @throws {UserError} `bad-config` if most of its bands would be constant.
 */
export async function planNetwork(checked: Checked, trained?: readonly string[]): Promise<PlannedNetwork> {
  const { config, kinds } = checked;
  const context = frontendContext(config, kinds);
  const frontend = await makeFrontend(config.frontend, { ...context, trained: trained ?? context.trained });
  const planned = await planFrontend(checked, frontend);
  const { coverage } = planned;
  const { bands, empty, masked } = coverage;
  if (empty <= bands / 2 && (bands === 0 || empty + masked < bands)) return planned;
  throw new UserError(
    "bad-config",
    `Cannot train on this spectrogram, most of which is empty. ${idleText(coverage)}`,
  );
}

/** The same for a front-end that is known already. */
export async function planFrontend(checked: Checked, frontend: FrontendSpec): Promise<PlannedNetwork> {
  const { task, model } = checked.config;
  const chain = await planSteps(frontend.steps);
  return {
    ...checked,
    frontend,
    chain,
    coverage: spectrumCoverage(chain),
    modules: networkModules(checked, frontend.steps),
    shape: { task, frontend, model },
  };
}
