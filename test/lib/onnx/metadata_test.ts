/** What a model of ONNX says of itself is JSON, value by value. */
import { assertEquals } from "@std/assert";
import { asJsonTexts, metadataTexts, metadataValues } from "../../../lib/onnx/metadata.ts";

Deno.test("each value comes back as what it was, whoever wrote it", () => {
  const values = {
    run: "a-run",
    opset: 13,
    quantised: null,
    classes: ["yes", "no"],
    streaming: { states: [] },
  };
  const texts = metadataTexts(values);
  assertEquals([texts["run"], texts["opset"], texts["quantised"]], ['"a-run"', "13", "null"]);
  assertEquals(metadataValues(texts), values);
  // Another program's safetensors say `pt`, which is no JSON; 16000 and "a" are.
  const mixed = asJsonTexts({ format: "pt", sample_rate: "16000", task: '"kws"' });
  assertEquals(metadataValues(mixed), { format: "pt", sample_rate: 16000, task: "kws" });
});
