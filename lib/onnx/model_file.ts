/** Graphs as files of ONNX, and what such a file says of itself. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import type { Attribute, ElementType, Graph, Initializer, Node, Port } from "./graph.ts";
import { float16Bits } from "./float16.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./proto/onnx_pb.ts";

/**
 * Versions of the format and of its operators: old ones, as runtimes read what is older than they are and refuse what
 * is newer. IR 7 and opset 13 are of 2020 (ONNX 1.8); onnxruntime reads them since 1.6.
 */
export const IR_VERSION = 7;
export const OPSET = 13;

const PRODUCER = "trainable-spectrograms";

/** `TensorProto.DataType`. */
const DATA_TYPES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** @param metadata Texts by name, for `metadata_props`. */
export function encodeModel(
  graph: Graph,
  metadata: Readonly<Record<string, string>>,
  about: string,
): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(IR_VERSION),
      opsetImport: [{ domain: "", version: BigInt(OPSET) }],
      producerName: PRODUCER,
      docString: about,
      graph: graphProto(graph),
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    }),
  );
}

/** What a file says without being run. */
export interface ModelFacts {
  readonly irVersion: number;
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly Pick<Port, "name" | "shape">[];
  readonly outputs: readonly Pick<Port, "name" | "shape">[];
  /** Of what kinds its nodes are, and how many of each. */
  readonly operators: ReadonlyMap<string, number>;
}

/** @param name Names the file in errors. @throws {UserError} `bad-file` if it is none of ONNX. */
export function readModelFacts(bytes: Uint8Array, name: string): ModelFacts {
  const model = decodeModel(bytes, name);
  const graph = model.graph!;
  const operators = new Map<string, number>();
  for (const { opType } of graph.node) operators.set(opType, (operators.get(opType) ?? 0) + 1);
  const opset = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  return {
    irVersion: Number(model.irVersion),
    opset: Number(opset?.version ?? 0),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    inputs: graph.input.map(portOf),
    outputs: graph.output.map(portOf),
    operators,
  };
}

function decodeModel(bytes: Uint8Array, name: string): ModelProto {
  const wrong = (found: string, cause?: unknown) =>
    new UserError(
      "bad-file",
      `Cannot read ${name}: ${found}, wanted a model of ONNX. Export it again.`,
      { cause },
    );
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw wrong(`found ${bytes.length} bytes that are no protocol buffer`, error);
  }
  if (model.graph === undefined) throw wrong("found no graph in it");
  return model;
}

function portOf({ name, type }: ValueInfoProto): Pick<Port, "name" | "shape"> {
  const dims = type?.value.case === "tensorType" ? type.value.value.shape?.dim ?? [] : [];
  const shape = dims.map(({ value }) => value.case === "dimValue" ? Number(value.value) : value.value ?? "");
  return { name, shape };
}

function graphProto({ name, inputs, outputs, nodes, initializers }: Graph): GraphProto {
  return create(GraphProtoSchema, {
    name,
    node: nodes.map(nodeProto),
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
    initializer: Array.from(initializers, ([name, initializer]) => tensorProto(name, initializer)),
  });
}

function nodeProto({ type, inputs, outputs, attributes, part }: Node): NodeProto {
  return create(NodeProtoSchema, {
    name: `${part}/${outputs[0]}`,
    opType: type,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, attribute]) => attributeProto(name, attribute)),
  });
}

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const of = (type: AttributeType, rest: Parameters<typeof create<typeof AttributeProtoSchema>>[1]) =>
    create(AttributeProtoSchema, { name, type, ...rest });
  if ("int" in attribute) return of(AttributeType.INT, { i: BigInt(attribute.int) });
  if ("float" in attribute) return of(AttributeType.FLOAT, { f: attribute.float });
  if ("text" in attribute) return of(AttributeType.STRING, { s: utf8(attribute.text) });
  if ("ints" in attribute) return of(AttributeType.INTS, { ints: attribute.ints.map(BigInt) });
  if ("floats" in attribute) return of(AttributeType.FLOATS, { floats: [...attribute.floats] });
  if ("texts" in attribute) return of(AttributeType.STRINGS, { strings: attribute.texts.map(utf8) });
  return of(AttributeType.GRAPH, { g: graphProto(attribute.graph) });
}

function valueInfo({ name, type, shape, about }: Port): ValueInfoProto {
  const dim = shape?.map((size) => ({
    value: typeof size === "number"
      ? { case: "dimValue" as const, value: BigInt(size) }
      : { case: "dimParam" as const, value: size },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    docString: about,
    type: {
      value: { case: "tensorType", value: { elemType: DATA_TYPES[type], ...(dim && { shape: { dim } }) } },
    },
  });
}

function tensorProto(name: string, { shape, type, values }: Initializer): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: DATA_TYPES[type],
    rawData: rawBytes(type, values),
  });
}

/** Little-endian, whatever the machine. */
function rawBytes(type: ElementType, values: ArrayLike<number>): Uint8Array {
  const size = { float32: 4, int32: 4, int64: 8, float16: 2, int8: 1, uint8: 1, bool: 1 }[type];
  const view = new DataView(new ArrayBuffer(size * values.length));
  const put: (at: number, value: number) => void = {
    float32: (at: number, value: number) => view.setFloat32(at, value, true),
    float16: (at: number, value: number) => view.setUint16(at, float16Bits(value), true),
    int32: (at: number, value: number) => view.setInt32(at, value, true),
    int64: (at: number, value: number) => view.setBigInt64(at, BigInt(value), true),
    int8: (at: number, value: number) => view.setInt8(at, value),
    uint8: (at: number, value: number) => view.setUint8(at, value),
    bool: (at: number, value: number) => view.setUint8(at, value),
  }[type];
  for (let i = 0; i < values.length; i++) put(i * size, values[i]!);
  return new Uint8Array(view.buffer);
}
