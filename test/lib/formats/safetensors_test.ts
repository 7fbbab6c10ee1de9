import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import {
  decodeTensors,
  encodeTensors,
  layOut,
  type StoredTensor,
  type WritableData,
} from "../../../lib/formats/safetensors.ts";

function file(header: unknown, dataBytes: number, padding = 0): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text + " ".repeat(padding));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function f32(begin: number, end: number): unknown {
  return { dtype: "F32", shape: [(end - begin) / 4], data_offsets: [begin, end] };
}

const SOME = new Map<string, StoredTensor<WritableData>>([
  ["short", { shape: [3], data: Int16Array.of(-1, 0, 32767) }],
  ["b.weight", { shape: [2, 2], data: Float32Array.of(1, -2.5, NaN, Infinity) }],
  ["a.weight", { shape: [], data: Float32Array.of(0.1) }],
  ["labels", { shape: [2], data: Int32Array.of(-5, 7) }],
  ["none", { shape: [0, 4], data: new Float32Array(0) }],
]);

Deno.test("decodeTensors() gives back what encodeTensors() was given", () => {
  const { tensors, metadata } = decodeTensors(encodeTensors(SOME, { epoch: "3", a: "é" }), "x");
  assertEquals(metadata, { epoch: "3", a: "é" });
  assertEquals(new Map([...tensors].sort()), new Map([...SOME].sort()));
});

Deno.test("encodeTensors() gives the same bytes whatever order tensors and metadata came in", () => {
  const reversed = new Map([...SOME].reverse());
  assertEquals(encodeTensors(SOME, { a: "1", b: "2" }), encodeTensors(reversed, { b: "2", a: "1" }));
});

Deno.test("layOut() starts the data at a multiple of eight and aligns each tensor to its elements", () => {
  const shapes = new Map(
    [
      ["a", { dtype: "I16", shape: [3] }],
      ["b", { dtype: "F32", shape: [1] }],
      ["c", { dtype: "I32", shape: [5] }],
    ] as const,
  );
  for (const name of ["x", "xy", "xyz", "wxyz"]) {
    const { entries, head } = layOut(shapes, { name });
    assertEquals(head.length % 8, 0);
    assertEquals([...entries.keys()], ["b", "c", "a"]);
    assertEquals(entries.get("b")!.begin, head.length);
    assertEquals(entries.get("a")!.begin % 2, 0);
  }
});

Deno.test("decodeTensors() reads F64 and I64 and data that are not aligned", () => {
  const header = {
    odd: { dtype: "I16", shape: [1], data_offsets: [0, 2] },
    wide: { dtype: "F64", shape: [1], data_offsets: [2, 10] },
    count: { dtype: "I64", shape: [1], data_offsets: [10, 18] },
  };
  const bytes = file(header, 18, 1);
  const data = new DataView(bytes.buffer, bytes.length - 18);
  data.setInt16(0, -2, true);
  data.setFloat64(2, Math.PI, true);
  data.setBigInt64(10, -3n, true);
  const { tensors } = decodeTensors(bytes, "x");
  assertEquals(tensors.get("odd")!.data, Int16Array.of(-2));
  assertEquals(tensors.get("wide")!.data, Float64Array.of(Math.PI));
  assertEquals(tensors.get("count")!.data, BigInt64Array.of(-3n));
});

Deno.test("decodeTensors() widens half-precision floats exactly, and reads whole numbers of every size", () => {
  const dtypes = { F16: 2, BF16: 2, I8: 1, U16: 2, U32: 4, U64: 8, BOOL: 1 };
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(dtypes).map(([dtype, bytes]) => [dtype, {
      dtype,
      shape: [2],
      data_offsets: [at, at += 2 * bytes],
    }]),
  );
  const bytes = file(header, at);
  // As numpy and PyTorch store them: 1.5 and the smallest subnormal of F16, -3.140625 and infinity of BF16.
  bytes.set([0x00, 0x3e, 0x01, 0x00, 0x49, 0xc0, 0x80, 0x7f], bytes.length - at);
  bytes.set([0xff, 0x7f, 0xff, 0xff, 0x02, 0x00], bytes.length - at + 8);
  const { tensors } = decodeTensors(bytes, "x");
  assertEquals(tensors.get("F16")!.data, Float32Array.of(1.5, 2 ** -24));
  assertEquals(tensors.get("BF16")!.data, Float32Array.of(-3.140625, Infinity));
  assertEquals(tensors.get("I8")!.data, Int8Array.of(-1, 127));
  assertEquals(tensors.get("U16")!.data, Uint16Array.of(65535, 2));
  assertEquals(tensors.get("BOOL")!.data, new Uint8Array(2));
});

Deno.test("decodeTensors() says what else a file is, and how its tensors are saved", () => {
  for (const [start, what] of [["PK\x03\x04", "a zip archive, as torch.save writes"], ["GGUF", "GGUF"]]) {
    const bytes = new Uint8Array(64);
    bytes.set(new TextEncoder().encode(start));
    assertThrows(
      () => decodeTensors(bytes, "x.pt"),
      UserError,
      `Cannot read x.pt as safetensors: it is ${what}. Save`,
    );
  }
});

Deno.test("decodeTensors() refuses every malformed file and says what it found", async (t) => {
  const long = file({}, 0);
  new DataView(long.buffer).setBigUint64(0, 99n, true);
  const enormous = file({}, 0);
  new DataView(enormous.buffer).setBigUint64(0, 2n ** 63n, true);
  const badUtf8 = file('{"a?":1}', 0);
  badUtf8[11] = 0xff;
  const cases: Record<string, [Uint8Array, string]> = {
    "empty": [new Uint8Array(0), "0 bytes, wanted at least 8"],
    "seven bytes": [new Uint8Array(7), "7 bytes, wanted at least 8"],
    "length zero": [new Uint8Array(16), "a header length of 0"],
    "length beyond the end": [long, "a header length of 99, wanted 2 to 2"],
    "length of 2^63": [enormous, "a header length of 9223372036854775808"],
    "not JSON": [file("{nope}", 0), "no JSON"],
    "not UTF-8": [badUtf8, "no JSON"],
    "leading space": [file(" {}", 0), "another kind of header"],
    "list": [file([], 0), "another kind of header"],
    "null": [file("null", 0), "another kind of header"],
    "name twice": [
      file(`{"a":${JSON.stringify(f32(0, 4))},"\\u0061":${JSON.stringify(f32(0, 4))}}`, 4),
      "twice in the header",
    ],
    "entry is a number": [file({ a: 1 }, 0), 'tensor "a" without a description'],
    "metadata is a list": [file({ __metadata__: [] }, 0), "metadata with values"],
    "metadata is a number": [file({ __metadata__: { a: 1 } }, 0), "metadata with values"],
    "unknown dtype": [
      file({ a: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, 1),
      'tensor "a" is of dtype "F8_E4M3", wanted F64, F32, F16, BF16, ',
    ],
    "dtype of the prototype": [
      file({ a: { dtype: "toString", shape: [1], data_offsets: [0, 2] } }, 2),
      'is of dtype "toString"',
    ],
    "no dtype": [file({ a: { shape: [1], data_offsets: [0, 4] } }, 4), "is of dtype (missing)"],
    "negative size": [
      file({ a: { dtype: "F32", shape: [-1, -1], data_offsets: [0, 4] } }, 4),
      "of shape [-1,-1]",
    ],
    "broken size": [file({ a: { dtype: "F32", shape: [0.5], data_offsets: [0, 2] } }, 2), "of shape [0.5]"],
    "no shape": [file({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), "of shape (missing)"],
    "three offsets": [file({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } }, 4), "at [0,4,8]"],
    "negative offset": [file({ a: { dtype: "F32", shape: [1], data_offsets: [-4, 0] } }, 0), "at [-4,0]"],
    "size is not the shape's": [
      file({ a: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, 4),
      "of 4 bytes, wanted 8",
    ],
    "end before begin": [file({ a: { dtype: "F32", shape: [1], data_offsets: [8, 4] } }, 8), "of -4 bytes"],
    "overlap": [file({ a: f32(0, 8), b: f32(4, 12) }, 12), "which overlaps"],
    "same place twice": [file({ a: f32(0, 8), b: f32(0, 8) }, 8), "which overlaps"],
    "hole": [file({ a: f32(0, 4), b: f32(8, 12) }, 12), "which leaves a hole"],
    "starts late": [file({ a: f32(4, 8) }, 8), "which leaves a hole"],
    "cut": [file({ a: f32(0, 8) }, 7), "as the header says"],
    "bytes left over": [file({ a: f32(0, 4) }, 5), "as the header says"],
  };
  for (const [name, [bytes, found]] of Object.entries(cases)) {
    await t.step(name, () => {
      const error = assertThrows(() => decodeTensors(bytes, "some.safetensors"), UserError);
      assertEquals(error.reason, "bad-file");
      assertStringIncludes(error.message, "some.safetensors");
      assertStringIncludes(error.message, found);
      assertStringIncludes(error.message, "wanted");
    });
  }
});

Deno.test("encodeTensors() throws when the values do not fill the shape or the name is reserved", () => {
  assertThrows(
    () => encodeTensors(new Map([["a", { shape: [2], data: new Float32Array(3) }]]), {}),
    Error,
    "3 values",
  );
  assertThrows(() =>
    encodeTensors(new Map([["__metadata__", { shape: [], data: new Float32Array(1) }]]), {})
  );
});
