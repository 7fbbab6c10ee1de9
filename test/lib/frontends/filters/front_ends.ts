/** Front-ends that convolve waves with filters, as their files have them, for tests. */
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { CompressionConfig, FrontendSpec, Setting } from "../../../../lib/frontends/contract.ts";
import { loadCompression, loadFrontend, makeFrontend } from "../../../../lib/frontends/front_end.ts";
import { partsOfSetting } from "../../../../lib/frontends/parts.ts";
import { readTensors } from "../../../../lib/formats/safetensors_io.ts";
import { parse } from "@std/yaml";

const { tensors } = readTensors(
  new URL("../../../fixtures/filters/references.safetensors", import.meta.url).pathname,
);

/** What was kept of the originals' tensors. */
export function kept(name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`No reference ${name}`);
  return Float32Array.from(tensor.data as ArrayLike<number>);
}

/** Which values of a result were kept. */
export const STEP = 13;

type Group = JsonObject & { readonly kind: string };

/** A group's file. */
function fileOf(
  group: string,
  name: string,
): Group & { readonly prefers?: { readonly compression?: string } } {
  const text = Deno.readTextFileSync(new URL(`../../../../conf/${group}/${name}.yaml`, import.meta.url));
  return parse(text) as Group;
}

/** What a file of a group of the configuration holds, but for what it wants elsewhere. */
export function groupOf(group: string, name: string): Group {
  const { prefers: _prefers, also: _also, ...values } = fileOf(group, name);
  return values as Group;
}

/** @param name Of a file in `conf/frontend`. @param compression Of one in `conf/compression`, with changes. */
export async function frontEnd(
  name: string,
  trained: readonly string[],
  changes: JsonObject,
  compression: string,
  changesOfCompression: JsonObject = {},
): Promise<FrontendSpec> {
  const config = { ...groupOf("frontend", name), ...changes };
  const { schema } = await loadFrontend(config.kind);
  return await makeFrontend(schema.parse(config), {
    sampleRate: 16000,
    clipSamples: 16000,
    seed: 0,
    trained,
    compression: { ...groupOf("compression", compression), ...changesOfCompression } as CompressionConfig,
  });
}

/** A front-end with the compression that its file prefers. */
export async function asPreferred(name: string, setting: Setting): Promise<FrontendSpec> {
  const compression = fileOf("frontend", name).prefers?.compression ?? "log";
  const [frontend, behind] = [groupOf("frontend", name), groupOf("compression", compression)];
  const kinds = {
    frontend: await loadFrontend(frontend.kind),
    compression: await loadCompression(behind.kind),
  };
  return await frontEnd(name, partsOfSetting(kinds, setting), {}, compression);
}
