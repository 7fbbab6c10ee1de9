/** Every front-end, trained and not, with every model: the same answers in onnxruntime-web and in Python. */
import { assert } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import type { Head } from "../../../lib/models/contract.ts";
import { halved } from "../../../lib/onnx/half.ts";
import { inOnnxRuntimeWeb, inPython, missingOnnx } from "../../onnx/onnx_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { asPreferred } from "../frontends/filters/front_ends.ts";
import { distance, type Exported, exported } from "./networks.ts";

const TOLERANCE = 1e-4;
const HALF_TOLERANCE = 0.02;
const FRONTENDS = [...Deno.readDirSync(new URL("../../../conf/frontend", import.meta.url))]
  .map(({ name }) => name.replace(/\.yaml$/, "")).sort();
/** Front-ends meet them in turn. */
const MODELS: readonly (readonly [string, Head])[] = [
  ["linear", "clip"],
  ["bc_resnet", "frame"],
  ["matchboxnet", "clip"],
  ["linear", "frame"],
  ["bc_resnet_kim", "clip"],
  ["ds_cnn", "clip"],
  ["matchboxnet", "frame"],
];

const missing = await missingOnnx();
const onBuildServer = Deno.env.get("CI") === "true";

Deno.test("every front-end leaves with every kind of model, trained and not", async (t) => {
  await openBackend("wasm", { threads: 2 });
  await using folder = tempDir();
  const made: Exported[] = [];
  for (const [i, frontend] of FRONTENDS.entries()) {
    for (const [j, setting] of (["A", "D"] as const).entries()) {
      const [model, head] = MODELS[(2 * i + j) % MODELS.length]!;
      const name = `${frontend}-${setting}-${model}-${head}`;
      made.push(await exported(folder.path, name, await asPreferred(frontend, setting), model, head));
    }
  }
  const halves = await asPreferred("nnaudio", "D");
  made.push(await exported(folder.path, "float16", halves, "linear", "frame", halved));
  const cases = made.map((own) => own.case);
  const programs = {
    "onnxruntime-web": await inOnnxRuntimeWeb(cases),
    ...(missing === null || onBuildServer ? { "onnxruntime in Python": await inPython(cases) } : {}),
  };
  if (missing !== null) console.log(`Not tried in Python: ${missing}`);
  for (const [program, results] of Object.entries(programs)) {
    for (const [i, own] of made.entries()) {
      await t.step(`${own.name} in ${program}`, () => {
        const apart = distance(own, results[i]!);
        assert(apart < (own.name === "float16" ? HALF_TOLERANCE : TOLERANCE), `${apart} apart`);
      });
    }
  }
});
