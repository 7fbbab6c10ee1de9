/** Filters with pooling: a convolution of the wave, what its outputs count as, and a convolution of that by windows. */
import type { pooledFiltersComposite } from "../../kernels/pooled_filters/composite.ts";
import { PANEL, positionsOf } from "../../kernels/pooled_filters/types.ts";
import { convolution } from "../kernels/products.ts";
import { type Call, constant, operandsOf, value, type Write } from "../write/call.ts";
import { fixed, isFixed, type Sizes } from "../write/lengths.ts";
import type { Writer } from "../write/writer.ts";
import { asLine } from "./framed_power.ts";

type Operands = Parameters<typeof pooledFiltersComposite>;

export const pooledFilters: Write = (writer, call) => {
  const operands = operandsOf<Operands>(call);
  const [{ window, form: { rectifier, hop }, sizes: { filters, width } }] = operands[0]!;
  const forms = operands.map(([{ form }]) => form);
  const positions = forms.map((form) => positionsOf(form, form.frames));
  const left = fixed(forms.map((form) => form.left), "where windows are");
  const made = filtered(writer, call, operands, positions);
  const counted = writer.node("Slice", [made, ...cutAt(writer, positions)]);
  const e = rectifier === "energy"
    ? energies(writer, counted)
    : writer.node("LeakyRelu", [counted], { alpha: { float: rectifier.slope } });
  // Up to what the last frame's window sees; less, where it sees less than there is.
  const beyond = forms.map(({ frames }, i) => (frames - 1) * hop - left + width - positions[i]!);
  // Where positions end within a hop: as if they ended where the last frame begins, after which no other does.
  const right = isFixed(beyond) ? beyond[0]! : width - left - 1;
  const seen = right >= 0
    ? e
    : writer.node("Slice", [e, ...cutAt(writer, positions.map((count) => count + right))]);
  const pads = [left, Math.max(0, right)];
  const name = window === null
    ? writer.node("MaxPool", [seen], {
      kernel_shape: { ints: [width] },
      strides: { ints: [hop] },
      pads: { ints: pads },
    })
    : convolution(writer, seen, writer.constant(constant(call, "0.window").data, [filters, 1, width]), null, {
      strides: [hop],
      pads,
      group: filters,
    });
  const shape = call.outputs[0]!;
  const whole = isFixed(beyond) ? name : writer.firstOf(name, 2, shape[2]!, "the number of frames");
  return [writer.value(whole, shape)];
};

/** Starts, ends and axes of the first positions. */
function cutAt(writer: Writer, positions: Sizes): string[] {
  return [writer.integers([0]), writer.size(positions, "where filters are"), writer.integers([2])];
}

/** `[B, rows, positions or more]`: real parts of all filters, then imaginary ones. */
function filtered(writer: Writer, call: Call, operands: readonly Operands[], positions: Sizes): string {
  const [{ form: { stride, rectifier, hop }, sizes: { rows, taps, before } }] = operands[0]!;
  const wave = value(call, "0.wave");
  const missing = positions.map((count, i) => (count - 1) * stride + taps - before - wave.shape[1]![i]!);
  // The most that is missing at any length: behind the clip's last whole hop.
  const hopSamples = stride * hop;
  const behind = Math.max(
    0,
    ...missing,
    ...(new Set(missing).size > 1 ? [hopSamples - 1 - stride + taps - before] : []),
  );
  const weight = ordered(constant(call, "0.taps").data, rows, taps, rectifier === "energy");
  return convolution(writer, asLine(writer, wave.name), writer.constant(weight, [rows, 1, taps]), null, {
    strides: [stride],
    pads: [before, behind],
  });
}

/** Rows in panels of four real and four imaginary parts, as all real ones before all imaginary ones. */
function ordered(data: ArrayLike<number>, rows: number, taps: number, complex: boolean): Float32Array {
  const given = Float32Array.from(data);
  if (!complex) return given;
  const out = new Float32Array(given.length);
  const half = PANEL / 2;
  for (let row = 0; row < rows; row++) {
    const [panel, within] = [Math.floor(row / PANEL), row % PANEL];
    const to = (within >= half ? rows / 2 : 0) + panel * half + within % half;
    out.set(given.subarray(row * taps, (row + 1) * taps), to * taps);
  }
  return out;
}

function energies(writer: Writer, y: string): string {
  const [re, im] = writer.nodeOf(2, "Split", [writer.node("Mul", [y, y])], { axis: { int: 1 } });
  return writer.node("Add", [re!, im!]);
}
