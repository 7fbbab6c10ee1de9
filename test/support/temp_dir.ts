/** A folder that a test has for itself. */

export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** Writes a text file, making the folders on the way. @returns Its absolute path. */
  write(name: string, text: string): string;
  read(name: string): string;
}

/** Use with `await using`: the folder goes when the test ends, read-only files and all. */
export function tempDir(): TempDir {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "engine-test-" }));
  return {
    path,
    write(name, text) {
      const file = `${path}/${name}`;
      Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      Deno.writeTextFileSync(file, text);
      return file;
    },
    read: (name) => Deno.readTextFileSync(`${path}/${name}`),
    [Symbol.asyncDispose]: () => {
      unlock(path);
      return Deno.remove(path, { recursive: true });
    },
  };
}

/** Stored folders are read-only, which keeps an ordinary user from removing what is in them. */
function unlock(path: string): void {
  Deno.chmodSync(path, 0o755);
  for (const entry of Deno.readDirSync(path)) if (entry.isDirectory) unlock(`${path}/${entry.name}`);
}
