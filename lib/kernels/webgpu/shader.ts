/** A WGSL program with named operands. */

export interface Shader<Buffers extends string, Sizes extends string> {
  /** Names the program and everything that its code depends on: compiled once for each key. */
  readonly key: string;
  /** Arrays of f32 unless said otherwise, at most eight of them. What is written may be read too. */
  readonly buffers: Readonly<Record<Buffers, "read" | "read i32" | "write">>;
  /** Numbers that vary from call to call, read as `sizes.name`. */
  readonly sizes: Readonly<Record<Sizes, "u32" | "f32">>;
  /** Everything after the declarations of buffers and sizes, with an entry point `main`. */
  code(): string;
}

/** The least that WebGPU promises: what a program may use without asking the device. */
export const LIMITS = { storageBuffers: 8, workgroupBytes: 16_384, invocations: 256 } as const;

/**
 * A statement for each `i` below `count`, one after the other. Software adapters stop a program after some ten
 * thousand rounds of all its loops together: those within a loop over frames are written out.
 */
export function repeated(count: number, statement: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => statement(i)).join("\n");
}

/** The whole program. */
export function shaderSource(shader: Shader<string, string>): string {
  const fields = Object.entries(shader.sizes).map(([name, type]) => `  ${name}: ${type},`);
  const buffers = Object.entries(shader.buffers).map(([name, access], i) => {
    const [mode, type] = [access === "write" ? "read_write" : "read", access === "read i32" ? "i32" : "f32"];
    return `@group(0) @binding(${i + 1}) var<storage, ${mode}> ${name}: array<${type}>;`;
  });
  if (buffers.length > LIMITS.storageBuffers) {
    throw new Error(
      `${shader.key} binds ${buffers.length} buffers, at most ${LIMITS.storageBuffers} are possible`,
    );
  }
  return [
    "struct Sizes {",
    ...fields,
    "}",
    "@group(0) @binding(0) var<uniform> sizes: Sizes;",
    ...buffers,
    shader.code(),
  ].join("\n");
}
