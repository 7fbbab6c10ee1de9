/** Which elements the values of a graph have. */
import type { ElementType, Graph, Node } from "./graph.ts";

/** Of `TensorProto.DataType`, for casts. */
export const CAST_TO = { float32: 1, int64: 7, float16: 10 } as const;

/** By name, of all values of a graph that is in float32 as far as it has no integers. */
export function typesOf({ inputs, nodes, initializers }: Graph): Map<string, ElementType> {
  const types = new Map<string, ElementType>(inputs.map(({ name, type }) => [name, type]));
  for (const [name, { type }] of initializers) types.set(name, type);
  for (const node of nodes) {
    const made = madeBy(node, types);
    node.outputs.forEach((name, i) => types.set(name, made[i] ?? made[0]!));
  }
  return types;
}

function madeBy(
  { type, inputs, attributes }: Node,
  types: ReadonlyMap<string, ElementType>,
): readonly ElementType[] {
  switch (type) {
    case "Shape":
      return ["int64"];
    case "Less":
      return ["bool"];
    case "Cast":
      return [castTo(attributes["to"])];
    case "Where":
      return [types.get(inputs[1]!)!];
    case "TopK":
      return [types.get(inputs[0]!)!, "int64"];
    default:
      return [types.get(inputs[0]!)!];
  }
}

function castTo(to: Node["attributes"][string] | undefined): ElementType {
  const found = Object.entries(CAST_TO).find(([, number]) =>
    to !== undefined && "int" in to && to.int === number
  );
  if (found === undefined) throw new Error("A cast to a type that is in no table");
  return found[0] as ElementType;
}
