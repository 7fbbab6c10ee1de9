/** Runs models with onnxruntime-web as `run.py` does with onnxruntime; under a lock file of its own. */
import { openOnnx } from "../../lib/onnx/session_io.ts";
import type { OnnxCase, OnnxResult } from "./onnx_io.ts";

const results: OnnxResult[] = [];
for (const { model, waves } of JSON.parse(await new Response(Deno.stdin.readable).text()) as OnnxCase[]) {
  const session = await openOnnx(Deno.readFileSync(model), model);
  const outputs: OnnxResult["outputs"][number][] = [];
  for (const [path, batch] of waves) {
    const made = await session.run(new Float32Array(Deno.readFileSync(path).buffer), batch);
    const named = Array.from(
      made,
      ([name, { shape, values }]) => [name, { shape, values: Array.from(values) }],
    );
    outputs.push(Object.fromEntries(named));
  }
  await session.close();
  results.push({ metadata: session.facts.metadata, outputs });
}
console.log(JSON.stringify(results));
