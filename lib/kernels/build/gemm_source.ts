/**
 * Writes the inner loops of matrix products as AssemblyScript: text, because a tile of the result must stay in
 * registers, and the language has neither arrays of vectors in registers nor unrolled loops.
 */

/** Rows of a tile: 6 rows of 2 vectors, 2 vectors of B and one of A fill the 16 vector registers of x86-64. */
const TILE_ROWS = 6;
/** Rows of the tiles for what is left over. */
const LAST_ROWS = [4, 2, 1];
const VECTORS = 2;

/**
 * Two functions that compute `C (+)= A B` for column panels of 8, `M >= 1`, `K >= 1`. All strides are in bytes:
 * panel j of B starts at `b + j bPanel`, its rows are `bRow` apart; likewise C. `tilesByRow` reads an A whose rows
 * are `aStride` apart and contiguous; `tilesByColumn` one whose columns are contiguous and `aStride` apart.
 * Rows beyond whole tiles are done by a last tile that overlaps the one before (its results are the same), or by
 * smaller tiles where that is impossible or there are one or two. Few pointers and no counter: the general registers
 * of x86-64 are as short as the vector registers.
 */
export function gemmSource(): string {
  return [driver("tilesByRow", "row"), driver("tilesByColumn", "column")].join("\n");
}

type Contiguous = "row" | "column";

function driver(name: string, contiguous: Contiguous): string {
  const panels = (rows: number, i: string, accumulate: string) =>
    `for (let j = 0, bj = b, cj = c + <usize>${i} * cRow; j < panels; j++, bj += bPanel, cj += cPanel) {
        ${name}${rows}(K, ${rowOf(i, contiguous)}, aStride, bj, bRow, cj, cRow, ${accumulate});
      }`;
  return `export function ${name}(M: i32, panels: i32, K: i32, a: usize, aStride: usize, b: usize, bRow: usize,
  bPanel: usize, c: usize, cRow: usize, cPanel: usize, accumulate: bool): void {
  const overlap = !accumulate && M >= ${TILE_ROWS} && M % ${TILE_ROWS} > 2;
  for (let i = 0; i < M;) {
    if (overlap || M - i >= ${TILE_ROWS}) {
      const r = min(i, M - ${TILE_ROWS});
      ${panels(TILE_ROWS, "r", "accumulate")}
      i += ${TILE_ROWS};
    } else ${
    LAST_ROWS.map((rows) =>
      `${rows > 1 ? `if (M - i >= ${rows}) ` : ""}{
      ${panels(rows, "i", "accumulate")}
      i += ${rows};
    }`
    ).join(" else ")
  }
  }
}
${[TILE_ROWS, ...LAST_ROWS].map((rows) => tile(name, rows, contiguous)).join("")}`;
}

function rowOf(i: string, contiguous: Contiguous): string {
  return contiguous === "row" ? `a + <usize>${i} * aStride` : `a + (<usize>${i} << 2)`;
}

function tile(name: string, rows: number, contiguous: Contiguous): string {
  const row = range(rows);
  const vector = range(VECTORS);
  const pointers = contiguous === "row" ? rows : 1;
  const at = (i: number, step: number) =>
    contiguous === "row" ? `a${i}, ${step * 4}` : step === 0 ? `a0, ${i * 4}` : `a0 + aStride, ${i * 4}`;
  const step = (u: number) => [
    ...vector.map((v) => `b${v} = v128.load(b, ${v * 16});`),
    "b += bRow;",
    ...row.flatMap((i) => [
      `x = v128.load32_splat(${at(i, u)});`,
      ...vector.map((v) => `c${i}_${v} = f32x4.relaxed_madd(x, b${v}, c${i}_${v});`),
    ]),
  ];
  const distance = (k: string) => contiguous === "row" ? `(<usize>${k} << 2)` : `aStride * ${k}`;
  const advance = (count: number) => range(pointers).map((i) => `a${i} += ${distance(`${count}`)};`);
  return `// @ts-ignore: decorator
@inline
function ${name}${rows}(K: i32, a0: usize, aStride: usize, b: usize, bRow: usize, c: usize, cRow: usize,
  accumulate: bool): void {
${range(pointers).slice(1).map((i) => `  let a${i} = a${i - 1} + aStride;\n`).join("")}
${row.map((i) => `  let ${vector.map((v) => `c${i}_${v} = f32x4.splat(0)`).join(", ")};\n`).join("")}
  let x: v128, ${vector.map((v) => `b${v}: v128`).join(", ")};
  for (const end = a0 + ${distance("(K & ~1)")}; a0 < end;) {
    ${[...step(0), ...step(1), ...advance(2)].join("\n    ")}
  }
  if (K & 1) {
    ${step(0).join("\n    ")}
  }
  if (accumulate) {
    let q = c;
    ${
    row.map((i) =>
      vector.map((v) => `c${i}_${v} = f32x4.add(c${i}_${v}, v128.load(q, ${v * 16}));`).join(" ") +
      " q += cRow;"
    ).join("\n    ")
  }
  }
  ${
    row.map((i) => vector.map((v) => `v128.store(c, c${i}_${v}, ${v * 16});`).join(" ") + " c += cRow;").join(
      "\n  ",
    )
  }
}
`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
