import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { StoredTensor, WritableData } from "../../../lib/formats/safetensors.ts";
import {
  checkTensors,
  readTensors,
  RowReader,
  RowWriter,
  writeTensors,
} from "../../../lib/formats/safetensors_io.ts";

function inFolder(name: string, body: (folder: string) => void): void {
  Deno.test(name, () => {
    const folder = Deno.makeTempDirSync();
    try {
      body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

const SMALL = new Map<string, StoredTensor<WritableData>>([
  ["labels", { shape: [4], data: Int32Array.of(3, 1, 4, 1) }],
  ["a", { shape: [3], data: Int16Array.of(7, 8, 9) }],
  ["z", { shape: [1], data: Int16Array.of(-1) }],
]);
const ROWS = Int16Array.from({ length: 12 }, (_, i) => i * 100);

function writeRows(path: string): void {
  const writer = new RowWriter(path, { name: "features", dtype: "I16", shape: [4, 3] }, SMALL, {
    kind: "test",
  });
  writer.append(ROWS.slice(0, 3));
  writer.append(ROWS.slice(3));
  writer.finish();
}

inFolder("RowWriter writes the bytes that writeTensors() writes of the same tensors", (folder) => {
  writeRows(`${folder}/rows`);
  writeTensors(`${folder}/whole`, new Map([...SMALL, ["features", { shape: [4, 3], data: ROWS }]]), {
    kind: "test",
  });
  assertEquals(Deno.readFileSync(`${folder}/rows`), Deno.readFileSync(`${folder}/whole`));
  assertEquals([...Deno.readDirSync(folder)].length, 2); // no temporary file is left
});

inFolder("RowWriter shows nothing under the file's name before finish()", (folder) => {
  const writer = new RowWriter(`${folder}/x`, { name: "features", dtype: "I16", shape: [4, 3] }, SMALL, {});
  writer.append(ROWS.slice(0, 6));
  assertThrows(() => Deno.statSync(`${folder}/x`), Deno.errors.NotFound);
  assertThrows(() => writer.finish(), Error, "12 bytes of rows are missing");
  assertThrows(() => writer.append(ROWS), Error, "12 bytes of I16 are left");
  assertThrows(() => writer.append(new Float32Array(3)), Error, "12 bytes of F32");
  writer.abort();
  assertEquals([...Deno.readDirSync(folder)], []);
});

inFolder("RowWriter writes a file without rows", (folder) => {
  const writer = new RowWriter(`${folder}/x`, { name: "b", dtype: "I16", shape: [0, 3] }, SMALL, {});
  writer.finish();
  assertEquals(readTensors(`${folder}/x`).tensors.get("z")!.data, Int16Array.of(-1));
});

inFolder("RowReader reads just the asked rows, in the asked order", (folder) => {
  writeRows(`${folder}/x`);
  const reader = new RowReader(`${folder}/x`);
  const target = new Int16Array(15);
  reader.readRows(reader.entry("features", "I16"), [3, 0, 1, 2, 0], target);
  assertEquals([...target], [9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2].map((value) => value * 100));
  assertEquals(reader.read("labels", "I32"), Int32Array.of(3, 1, 4, 1));
  assertEquals(reader.header.metadata, { kind: "test" });
  for (const rows of [[4], [-1], [3, 4], [0.5]]) {
    assertThrows(() => reader.readRows(reader.entry("features", "I16"), rows, target), RangeError, "of 4");
  }
  reader.close();
});

inFolder("RowReader names the missing tensor or the other dtype", (folder) => {
  writeRows(`${folder}/x`);
  const reader = new RowReader(`${folder}/x`);
  assertStringIncludes(assertThrows(() => reader.read("nope", "F32"), UserError).message, 'no tensor "nope"');
  assertStringIncludes(assertThrows(() => reader.read("labels", "F32"), UserError).message, "I32 tensor");
  reader.close();
});

inFolder("RowReader says that a file was cut after it was opened", (folder) => {
  writeRows(`${folder}/x`);
  const reader = new RowReader(`${folder}/x`);
  const entry = reader.entry("features", "I16");
  Deno.truncateSync(`${folder}/x`, entry.begin + 4);
  const error = assertThrows(() => reader.readRows(entry, [0], new Int16Array(3)), UserError);
  assertStringIncludes(error.message, "the file ends before");
  reader.close();
});

inFolder("RowReader and readTensors() refuse damaged and missing files", (folder) => {
  Deno.writeFileSync(`${folder}/x`, new Uint8Array(20));
  for (const path of [`${folder}/x`, `${folder}/missing`]) {
    assertEquals(assertThrows(() => new RowReader(path), UserError).reason, "bad-file");
    assertEquals(assertThrows(() => readTensors(path), UserError).reason, "bad-file");
  }
});

inFolder("writeTensors() leaves the old file when the new one cannot be written", (folder) => {
  writeTensors(`${folder}/x`, new Map(), { old: "yes" });
  Deno.mkdirSync(`${folder}/dir`);
  assertThrows(() => writeTensors(`${folder}/dir`, new Map(), {})); // a folder stands in the way of the rename
  assertEquals([...Deno.readDirSync(folder)].map((e) => e.name).sort(), ["dir", "x"]);
  assertEquals(readTensors(`${folder}/x`).metadata, { old: "yes" });
});

Deno.test({
  name: "writeTensors() and RowWriter say that the disk is full",
  ignore: Deno.build.os !== "linux", // /dev/full takes no byte
  fn() {
    const folder = Deno.makeTempDirSync();
    const tensors = new Map([["a", { shape: [1], data: new Float32Array(1) }]]);
    Deno.symlinkSync("/dev/full", `${folder}/x.part`);
    const error = assertThrows(() => writeTensors(`${folder}/x`, tensors), UserError);
    assertEquals(error.reason, "disk-full");
    assertStringIncludes(error.message, `${folder}/x`);
    assertEquals([...Deno.readDirSync(folder)], []);
    Deno.symlinkSync("/dev/full", `${folder}/y.part`);
    const rows = { name: "features", dtype: "F32", shape: [1, 1] } as const;
    const other = assertThrows(() => new RowWriter(`${folder}/y`, rows, new Map(), {}), UserError);
    assertEquals(other.reason, "disk-full");
    Deno.removeSync(folder, { recursive: true });
  },
});

inFolder("readTensors() says of what is no such file that it is none, and waits for nobody", (folder) => {
  Deno.mkdirSync(`${folder}/folder`);
  const refused = (path: string, found: string) =>
    assertStringIncludes(assertThrows(() => readTensors(path), UserError).message, found);
  refused(`${folder}/folder`, "it is a folder, wanted a file");
  refused(`${folder}/none`, "found no such file");
  if (Deno.build.os !== "windows") {
    new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).outputSync();
    refused(`${folder}/pipe`, "it is a pipe or device, wanted a file");
    refused("/dev/zero", "it is a pipe or device, wanted a file");
  }
});

inFolder("readTensors() reads the header first: what claims gigabytes is not read", (folder) => {
  const gigabytes = 8 * 2 ** 30;
  const sparse = (name: string, header: string) => {
    using file = Deno.openSync(`${folder}/${name}`, { write: true, create: true });
    const json = new TextEncoder().encode(header);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
    file.writeSync(length);
    file.writeSync(json);
    file.truncateSync(8 + json.length + gigabytes);
    return `${folder}/${name}`;
  };
  const huge = sparse(
    "huge",
    JSON.stringify({ a: { dtype: "U8", shape: [gigabytes], data_offsets: [0, gigabytes] } }),
  );
  for (const read of [readTensors, checkTensors]) {
    assertThrows(
      () => read(huge),
      UserError,
      `its tensors have ${gigabytes} bytes, wanted at most 1073741824`,
    );
  }
  assertThrows(() => readTensors(sparse("empty", "")), UserError, "a header length of 0");
});
