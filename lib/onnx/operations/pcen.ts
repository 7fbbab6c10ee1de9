/** Per-channel energy normalisation: its running mean goes from frame to frame in a Scan. */
import type { pcenComposite } from "../../kernels/pcen/composite.ts";
import { expm1, log1p } from "../kernels/elementwise.ts";
import type { Graph, Node } from "../graph.ts";
import { constant, operandsOf, value, type Write } from "../write/call.ts";
import type { Writer } from "../write/writer.ts";

export const pcen: Write = (writer, call) => {
  const energy = value(call, "0");
  const [[, , epsilon]] = operandsOf<Parameters<typeof pcenComposite>>(call) as [
    Parameters<typeof pcenComposite>,
  ];
  const own = (name: string) => constant(call, `1.${name}`).data as Float32Array;
  const column = (values: ArrayLike<number>) => writer.constant(values, [values.length, 1]);
  const [gain, bias, power] = ["gain", "bias", "power"].map(own) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const x = writer.plain(energy);
  const mean = runningMean(writer, x, own("smoothing"));
  const node = (type: string, ...inputs: string[]) => writer.node(type, inputs);
  const level = node("Log", node("Add", mean, writer.scalar(epsilon)));
  const levelled = node("Mul", x, node("Exp", node("Mul", level, column(gain.map((share) => -share)))));
  const logs = log1p(writer, node("Div", levelled, column(bias)));
  const grown = expm1(writer, node("Mul", logs, column(power)));
  const scale = bias.map((own, i) => own ** power[i]!);
  return [writer.value(node("Mul", grown, column(scale)), call.outputs[0]!)];
};

/** `M_t = smoothing E_t + (1 - smoothing) M_(t-1)`, which starts as the first frame's energy. `[B, M, T]`. */
function runningMean(writer: Writer, x: string, smoothing: Float32Array): string {
  const first = writer.node("Squeeze", [
    writer.node("Slice", [x, writer.integers([0]), writer.integers([1]), writer.integers([2])]),
    writer.integers([2]),
  ]);
  const [, mean] = writer.nodeOf(2, "Scan", [first, x], {
    num_scan_inputs: { int: 1 },
    scan_input_axes: { ints: [2] },
    scan_output_axes: { ints: [2] },
    body: { graph: body(smoothing) },
  });
  return mean!;
}

function body(smoothing: Float32Array): Graph {
  const port = (name: string, about: string) =>
    ({ name, type: "float32", shape: ["batch", smoothing.length], about }) as const;
  const node = (type: string, inputs: string[], output: string): Node => (
    { type, inputs, outputs: [output], attributes: {}, part: "frontend" }
  );
  return {
    name: "running_mean",
    inputs: [port("smoother_before", "mean of the frames before"), port("smoother_energy", "of this frame")],
    outputs: [port("smoother_mean", "for the next frame"), port("smoother_out", "the same, for this frame")],
    nodes: [
      node("Mul", ["smoother_energy", "smoother_share"], "smoother_new"),
      node("Mul", ["smoother_before", "smoother_rest"], "smoother_old"),
      node("Add", ["smoother_new", "smoother_old"], "smoother_mean"),
      node("Identity", ["smoother_mean"], "smoother_out"),
    ],
    initializers: new Map([
      ["smoother_share", { shape: [smoothing.length], type: "float32", values: smoothing }],
      ["smoother_rest", {
        shape: [smoothing.length],
        type: "float32",
        values: smoothing.map((share) => 1 - share),
      }],
    ]),
  };
}
