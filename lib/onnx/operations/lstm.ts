/** A bidirectional LSTM as the operator of ONNX, whose gates are in another order and whose time comes first. */
import { constant, value, type Write } from "../write/call.ts";

/** Gates here are input, forget, cell, output; in ONNX input, output, forget, cell. */
const GATES = [0, 3, 1, 2];

export const bidirectionalLstm: Write = (writer, call) => {
  const x = value(call, "0");
  const directions = ["1", "2"];
  const hidden = constant(call, "1.recurrentWeight").shape[1]!;
  const inputs = constant(call, "1.inputWeight").shape[1]!;
  const gates = (name: string, width: number) =>
    directions.flatMap((direction) => {
      const { data } = constant(call, `${direction}.${name}`);
      const size = hidden * width;
      return GATES.map((gate) => Array.from(data.subarray(gate * size, (gate + 1) * size)));
    }).flat();
  const biases = directions.flatMap((direction) =>
    ["inputBias", "recurrentBias"].flatMap((name) => {
      const { data } = constant(call, `${direction}.${name}`);
      return GATES.flatMap((gate) => Array.from(data.subarray(gate * hidden, (gate + 1) * hidden)));
    })
  );
  const [y] = writer.nodeOf(1, "LSTM", [
    writer.ordered(x, [1, 0, 2]), // time first: the other layout is not read by all runtimes
    writer.constant(Float32Array.from(gates("inputWeight", inputs)), [2, 4 * hidden, inputs]),
    writer.constant(Float32Array.from(gates("recurrentWeight", hidden)), [2, 4 * hidden, hidden]),
    writer.constant(Float32Array.from(biases), [2, 8 * hidden]),
  ], {
    direction: { text: "bidirectional" },
    hidden_size: { int: hidden },
    // Said though it is the default: other libraries have others.
    activations: { texts: ["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Tanh", "Tanh"] },
  });
  // [T, directions, B, H], states from zero.
  const last = writer.node("Transpose", [y!], { perm: { ints: [2, 0, 1, 3] } });
  const shape = call.outputs[0]!;
  return [writer.value(writer.node("Reshape", [last, writer.integers([0, 0, 2 * hidden])]), shape)];
};
