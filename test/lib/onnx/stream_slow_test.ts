/** Every front-end, trained and not, listening block by block: the same decisions in onnxruntime-web and in Python. */
import { assert } from "@std/assert";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { inOnnxRuntimeWeb, inPython, missingOnnx } from "../../onnx/onnx_io.ts";
import { openForTest } from "../../support/backends.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { asPreferred } from "../frontends/filters/front_ends.ts";
import { BC_RESNET } from "../incremental/streams.ts";
import { type ExportedStream, exportedStream, streamDistance } from "./streams.ts";

const TOLERANCE = 1e-4;
const FRONTENDS = [...Deno.readDirSync(new URL("../../../conf/frontend", import.meta.url))]
  .map(({ name }) => name.replace(/\.yaml$/, "")).sort();
/** Front-ends meet them in turn, with blocks of so many frames. */
const MODELS: readonly (readonly [string, ModelSpec, number])[] = [
  ["linear", { kind: "linear" }, 10],
  ["causal", { ...BC_RESNET, edition: "kim", width: 1, padding: "causal" }, 3],
  ["ds_cnn", { kind: "ds_cnn", size: "S" }, 6],
  ["bc_resnet", { ...BC_RESNET, edition: "heung", width: 1, padding: "same" }, 10],
  ["matchboxnet", { kind: "matchboxnet" }, 1],
];

const missing = await missingOnnx();
const onBuildServer = Deno.env.get("CI") === "true";

Deno.test("every front-end listens block by block, with every kind of model", async (t) => {
  await openForTest("wasm");
  await using folder = tempDir();
  const made: ExportedStream[] = [];
  for (const [i, frontend] of FRONTENDS.entries()) {
    for (const [j, setting] of (["A", "D"] as const).entries()) {
      const [name, model, frames] = MODELS[(2 * i + j) % MODELS.length]!;
      const spec = await asPreferred(frontend, setting);
      made.push(await exportedStream(folder.path, `${frontend}-${setting}-${name}`, spec, model, frames));
    }
  }
  const cases = made.map((own) => own.case);
  const programs = {
    "onnxruntime-web": await inOnnxRuntimeWeb(cases),
    ...(missing === null || onBuildServer ? { "onnxruntime in Python": await inPython(cases) } : {}),
  };
  if (missing !== null) console.log(`Not tried in Python: ${missing}`);
  for (const [program, results] of Object.entries(programs)) {
    for (const [i, own] of made.entries()) {
      await t.step(`${own.name} in ${program}`, () => {
        const far = streamDistance(own, results[i]!);
        assert(far < TOLERANCE, `${far} apart`);
      });
    }
  }
});
