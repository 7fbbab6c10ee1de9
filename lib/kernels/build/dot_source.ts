/** Writes the inner loops of products of rows by rows as AssemblyScript, for the reason that `gemm_source.ts` gives. */

/** Of a tile each way: 9 sums, 3 vectors of B and one of A fit into the vector registers of x86-64, and sums are many enough. */
const SIDE = 3;
const VECTOR_BYTES = 16;
const STEPS = 2;

/**
 * A function that computes `C = A B^T + offset` for rows of A and of B that are `K >= 1` contiguous numbers, `aRow` and
 * `bRow` bytes apart; rows of C are `N` numbers, `cRow` bytes apart, and `offset`, N numbers, may be 0 for none. Vectors lie
 * along K: neither matrix is packed and no column computed that is not there, but each sum is one of four partial ones, so
 * that rows should be long. How tiles are cut makes no difference to any sum.
 */
export function dotSource(): string {
  const sides = [SIDE, 1];
  const columns = (rows: number) =>
    sides.map((side) =>
      `for (; j + ${side} <= N; j += ${side}) {
        dots${rows}x${side}(K, ai, aRow, b + <usize>j * bRow, bRow, offset ? offset + (<usize>j << 2) : 0, ci + (<usize>j << 2), cRow);
      }`
    ).join("\n      ");
  const rows = sides.map((side) =>
    `for (; i + ${side} <= M; i += ${side}) {
      const ai = a + <usize>i * aRow, ci = c + <usize>i * cRow;
      let j = 0;
      ${columns(side)}
    }`
  );
  return `${sides.flatMap((height) => sides.map((width) => tile(height, width))).join("")}
function rowsByRows(M: i32, N: i32, K: i32, a: usize, aRow: usize, b: usize, bRow: usize, offset: usize, c: usize,
  cRow: usize): void {
  let i = 0;
  ${rows.join("\n  ")}
}
`;
}

function tile(height: number, width: number): string {
  const [row, column] = [range(height), range(width)];
  const all = row.flatMap((i) => column.map((j) => [i, j] as const));
  const pointers = [...row.map((i) => `a${i}`), ...column.map((j) => `b${j}`)];
  const advance = (bytes: number) => pointers.map((p) => `${p} += ${bytes};`).join(" ");
  const step = (u: number) =>
    [
      ...column.map((j) => `y${j} = v128.load(b${j}, ${u * VECTOR_BYTES});`),
      ...row.flatMap((i) => [
        `x = v128.load(a${i}, ${u * VECTOR_BYTES});`,
        ...column.map((j) => `c${i}_${j} = f32x4.relaxed_madd(x, y${j}, c${i}_${j});`),
      ]),
    ].join("\n    ");
  const lanes = (v: string) => range(4).map((lane) => `f32x4.extract_lane(${v}, ${lane})`);
  const sum = (v: string) => `(${lanes(v).slice(0, 2).join(" + ")}) + (${lanes(v).slice(2).join(" + ")})`;
  const scalar = ([i, j]: readonly [number, number]) => `s${i}_${j}`;
  return `// @ts-ignore: decorator
@inline
function dots${height}x${width}(K: i32, a0: usize, aRow: usize, b0: usize, bRow: usize, offset: usize, c: usize,
  cRow: usize): void {
${row.slice(1).map((i) => `  let a${i} = a${i - 1} + aRow;\n`).join("")}${
    column.slice(1).map((j) => `  let b${j} = b${j - 1} + bRow;\n`).join("")
  }
${all.map(([i, j]) => `  let c${i}_${j} = f32x4.splat(0);\n`).join("")}
  let x: v128, ${column.map((j) => `y${j}: v128`).join(", ")};
  for (const end = a0 + (<usize>(K & ~${4 * STEPS - 1}) << 2); a0 < end;) {
    ${range(STEPS).map(step).join("\n    ")}
    ${advance(STEPS * VECTOR_BYTES)}
  }
  if (K & 4) {
    ${step(0)}
    ${advance(VECTOR_BYTES)}
  }
${all.map((at) => `  let ${scalar(at)} = ${sum(`c${at.join("_")}`)};\n`).join("")}
  for (const end = a0 + (<usize>(K & 3) << 2); a0 < end;) {
    ${all.map((at) => `${scalar(at)} += load<f32>(a${at[0]}) * load<f32>(b${at[1]});`).join("\n    ")}
    ${advance(4)}
  }
${
    column.map((j) =>
      `  if (offset) {\n    const more = load<f32>(offset, ${4 * j});\n    ${
        row.map((i) => `${scalar([i, j])} += more;`).join(" ")
      }\n  }\n`
    ).join("")
  }
  ${
    row.map((i) => column.map((j) => `store<f32>(c, ${scalar([i, j])}, ${4 * j});`).join(" ") + " c += cRow;")
      .join("\n  ")
  }
}
`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
