/** A folder of bytes that a test has for itself; use with `using`. */
export interface TempFolder extends Disposable {
  readonly path: string;
  write(name: string, bytes: Uint8Array): void;
}

export function tempFolder(): TempFolder {
  const path = Deno.makeTempDirSync();
  return {
    path,
    write(name, bytes) {
      Deno.mkdirSync(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeFileSync(`${path}/${name}`, bytes);
    },
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
