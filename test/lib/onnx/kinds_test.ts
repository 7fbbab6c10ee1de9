/** Whatever can be trained can be exported: a kind that is added is tried here, or the tables say what is missing. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { kindNames, loadKind } from "../../../lib/base/kinds.ts";
import { COMPRESSIONS } from "../../../lib/frontends/compressions/kinds.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { FRONTENDS } from "../../../lib/frontends/kinds.ts";
import { STEPS } from "../../../lib/frontends/steps/kinds.ts";
import { MODELS } from "../../../lib/models/kinds.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";
import { Rng } from "../../../lib/base/random.ts";
import { type NetworkGraph, networkGraph } from "../../../lib/onnx/network_graph.ts";
import { asPreferred, frontEnd, groupOf } from "../frontends/filters/front_ends.ts";
import { CLASSES, CLIP, randomState } from "./networks.ts";

const FOLDER = new URL("../../../conf/", import.meta.url);

function files(group: string): string[] {
  return [...Deno.readDirSync(new URL(group, FOLDER))].map(({ name }) => name.replace(/\.yaml$/, "")).sort();
}

async function graphOf(frontend: FrontendSpec, model: string): Promise<NetworkGraph> {
  const spec = groupOf("model", model) as never;
  const build = (samples: number | null) => buildNetwork(frontend, spec, "clip", CLASSES, samples);
  const network = await build(CLIP);
  const state = new Map([...randomState(network, Rng.fromSeed(0)), ...frozenState(network)]);
  const graph = await networkGraph({ build, clipSamples: CLIP, state });
  disposeState(state);
  return graph;
}

Deno.test("every kind of front-end, step, compression and model can be exported", async (t) => {
  await openBackend("wasm");
  const tried = { frontends: new Set<string>(), steps: new Set<string>(), models: new Set<string>() };
  const attempt = (name: string, frontend: FrontendSpec, model: string, reason: string | null = null) =>
    t.step(name, async () => {
      const graph = await graphOf(frontend, model);
      assertEquals(graph.reason, reason);
      tried.frontends.add(frontend.kind);
      frontend.steps.forEach(({ step }) => tried.steps.add(step));
      tried.models.add(String(groupOf("model", model)["kind"]));
    });
  for (const model of files("model")) {
    const reason = model === "linear" ? "the size of its weights" : null;
    await attempt(model, await asPreferred("nnaudio", "D"), model, reason);
  }
  for (const name of files("frontend").filter((own) => own !== "nnaudio")) {
    await attempt(name, await asPreferred(name, "D"), "ds_cnn");
  }
  for (const name of files("compression")) {
    await attempt(name, await frontEnd("nnaudio", [], { normalise: "none" }, name), "ds_cnn");
  }
  // TensorFlow's padding: frames lie where a clip's length puts them.
  const placed = await frontEnd("leaf", [], { frames: "tensorflow" }, "pcen_leaf");
  await attempt("frames placed by a clip's length", placed, "ds_cnn", "where windows are");
  const rest = { mask: { start: 20, end: 90 }, normalise: "clip_mean" };
  await attempt("a mask and means of clips", await frontEnd("fastaudio", [], rest, "log"), "ds_cnn");

  const all = { frontends: FRONTENDS, steps: { ...STEPS, ...COMPRESSIONS }, models: MODELS };
  for (const [family, list] of Object.entries(all)) {
    const missing = kindNames(list as never).filter((name) => !tried[family as keyof typeof tried].has(name));
    assertEquals(missing, [], `${family} of which no file of conf makes one here`);
  }
});

Deno.test("a network that computes what is in no table is refused by name", async () => {
  await openBackend("wasm");
  const frontend = await asPreferred("nnaudio", "A");
  const network = await buildNetwork(frontend, groupOf("model", "linear") as never, "clip", CLASSES, CLIP);
  const strange = {
    ...network,
    forward: (...args: Parameters<typeof network.forward>) => tf.atan(network.forward(...args)),
  };
  const state = new Map([...randomState(network, Rng.fromSeed(0)), ...frozenState(network)]);
  await assertRejects(
    () => networkGraph({ build: () => Promise.resolve(strange), clipSamples: CLIP, state }),
    UserError,
    "the network computes Atan, for which there is no node in lib/onnx/kernels/table.ts",
  );
  disposeState(state);
  assert((await loadKind(MODELS, "linear", "model")).heads.clip !== undefined);
});
