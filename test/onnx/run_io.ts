/** Runs models with onnxruntime-web as `run.py` does with onnxruntime; under a lock file of its own. */
import { type OnnxOutput, type OnnxSession, openOnnx } from "../../lib/onnx/session_io.ts";
import type { OnnxCase, OnnxResult } from "./onnx_io.ts";

const results: OnnxResult[] = [];
for (
  const { model, waves, blocks } of JSON.parse(await new Response(Deno.stdin.readable).text()) as OnnxCase[]
) {
  const session = await openOnnx(Deno.readFileSync(model), model);
  const outputs: OnnxResult["outputs"][number][] = [];
  for (const [path, batch] of waves) {
    const wave = new Float32Array(Deno.readFileSync(path).buffer);
    const made = blocks === undefined
      ? await session.run(wave, batch)
      : await blockByBlock(session, wave, batch, blocks);
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

async function blockByBlock(
  session: OnnxSession,
  wave: Float32Array,
  batch: number,
  { samples, state: size, begins = [] }: NonNullable<OnnxCase["blocks"]>,
): Promise<ReadonlyMap<string, OnnxOutput>> {
  const length = wave.length / batch;
  const calls = Math.floor(length / samples);
  const all = new Map<string, number[]>();
  let [state, shapes]: [Float32Array, Map<string, readonly number[]>] = [
    new Float32Array(batch * size),
    new Map(),
  ];
  for (let call = 0; call < calls; call++) {
    for (const [at, row] of begins) if (at === call) state.fill(0, row * size, (row + 1) * size);
    const block = new Float32Array(batch * samples);
    for (let row = 0; row < batch; row++) {
      const from = row * length + call * samples;
      block.set(wave.subarray(from, from + samples), row * samples);
    }
    const made = await session.runWith({
      waveform: { shape: [batch, samples], values: block },
      state: { shape: [batch, size], values: state },
    });
    state = made.get("state_next")!.values;
    for (const [name, { shape, values }] of made) {
      if (name === "state_next") continue;
      shapes.set(name, shape);
      all.set(name, [...all.get(name) ?? [], ...values]);
    }
  }
  return new Map(
    [...all].map((
      [name, values],
    ) => [name, { shape: [calls, ...shapes.get(name)!], values: Float32Array.from(values) }]),
  );
}
